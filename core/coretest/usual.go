package coretest

// usual is the community that most scripts begin with: the room Kitchen and the moderators' room, each on three
// messengers. Olga is its organiser, Mia and Max are moderators; Ana (Telegram), Ben (Signal) and Cleo (Matrix) are members.
// All of them but Ana have written to the house in private. No letter comes on Mondays.
func usual() []string {
	return []string{
		"*olga@telegram/kitchen: /link", "*sam@signal/kitchen: !link $code", "*olga@telegram/kitchen: /link", "*mia@matrix/kitchen: !link $code",
		"*olga@telegram/kitchen: /link new", "*olga@telegram/mods: /link $code", "*olga@telegram/mods: /link", "*max@signal/mods: !link $code",
		"*olga@telegram/mods: /link", "*mia@matrix/mods: !link $code", "*olga@telegram/mods: /room moderators on",
		"ana@telegram/kitchen: hello", "ben@signal/kitchen: hello", "cleo@matrix/kitchen: hello", "max@signal/mods: hello", "mia@matrix/mods: hello",
		"*olga@telegram/kitchen: /role @olga organiser", "olga@telegram/kitchen: /role @mia moderator", "olga@telegram/kitchen: /role @max moderator",
		"olga@telegram/private: /set letter off", "mia@matrix/private: hello", "max@signal/private: hello", "ben@signal/private: hello", "cleo@matrix/private: hello",
	}
}
