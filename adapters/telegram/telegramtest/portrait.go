package telegramtest

// SetPicture gives a person a profile picture, in three sizes as the platform makes them.
func (s *Server) SetPicture(person string, bytes []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(person)
	if err != nil {
		return err
	}
	u.picture = nil
	for _, side := range []int{640, 160, 320} {
		a := s.attach("picture", &upload{name: "picture.jpg", mime: "image/jpeg", bytes: bytes})
		u.picture = append(u.picture, wireFile{FileID: a.file.id, FileUniqueID: a.file.unique, Width: &side, Height: &side, FileSize: int64(len(bytes))})
	}
	return nil
}

type wirePhotos struct {
	Total  int          `json:"total_count"`
	Photos [][]wireFile `json:"photos"`
}

func getUserProfilePhotos(s *Server, c *call) (any, error) {
	u := s.users[c.number("user_id")]
	if u == nil {
		return nil, bad("user not found")
	}
	if u.picture == nil {
		return wirePhotos{Photos: [][]wireFile{}}, nil
	}
	return wirePhotos{Total: 1, Photos: [][]wireFile{u.picture}}, nil
}

// PictureID returns the file_id of a person's picture in a size, empty if there is none.
func (s *Server) PictureID(person string, width int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(person)
	if err != nil {
		return ""
	}
	for _, f := range u.picture {
		if *f.Width == width {
			return f.FileID
		}
	}
	return ""
}
