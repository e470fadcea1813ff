package signal

// The records of the daemon's lists.

// listedGroup is an entry of listGroups.
type listedGroup struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Expires     int            `json:"messageExpirationTime"` // seconds; 0 = messages stay
	IsMember    bool           `json:"isMember"`
	Members     []listedMember `json:"members"`
	Pending     []listedMember `json:"pendingMembers"`
	Requesting  []listedMember `json:"requestingMembers"`
	Banned      []listedMember `json:"banned"`
	AddMember   string         `json:"permissionAddMember"`
	EditDetails string         `json:"permissionEditDetails"`
	SendMessage string         `json:"permissionSendMessage"`
	Link        string         `json:"groupInviteLink"` // empty = the group has none in use
}

type listedMember struct {
	Number  string `json:"number"`
	UUID    string `json:"uuid"`
	IsAdmin bool   `json:"isAdmin"`
}

// listedContact is an entry of listContacts.
type listedContact struct {
	UUID      string `json:"uuid"`
	Name      string `json:"name"`
	NickName  string `json:"nickName"`
	GivenName string `json:"givenName"`
	Profile   struct {
		GivenName  string `json:"givenName"`
		FamilyName string `json:"familyName"`
	} `json:"profile"`
}
