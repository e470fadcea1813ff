package matrixtest

import (
	"io"
	"mime"
	"net/http"
)

// file is an uploaded medium.
type file struct {
	bytes []byte
	mime  string
	name  string
}

func (s *Server) mediaConfig(*call) (any, error) {
	return map[string]int64{"m.upload.size": s.o.MaxUpload}, nil
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	_, _, err := s.authenticate(r)
	s.mu.Unlock()
	if err != nil {
		write(w, nil, err)
		return
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, s.o.MaxUpload+1))
	if err != nil {
		write(w, nil, fail(400, "M_UNKNOWN", "Upload broke off"))
		return
	}
	if int64(len(b)) > s.o.MaxUpload {
		write(w, nil, fail(413, "M_TOO_LARGE", "Upload request body is too large"))
		return
	}
	kind := r.Header.Get("Content-Type")
	if kind == "" {
		kind = "application/octet-stream"
	}
	id := random()
	s.mu.Lock()
	s.media[id] = file{bytes: b, mime: kind, name: r.URL.Query().Get("filename")}
	s.mu.Unlock()
	write(w, map[string]string{"content_uri": "mxc://" + s.o.ServerName + "/" + id}, nil)
}

// download is the authenticated call; the legacy one without a token does not exist here, as on Synapse.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	_, _, err := s.authenticate(r)
	f, ok := s.media[r.PathValue("media")]
	s.mu.Unlock()
	if err != nil {
		write(w, nil, err)
		return
	}
	if !ok || r.PathValue("server") != s.o.ServerName {
		write(w, nil, fail(404, "M_NOT_FOUND", "Not found"))
		return
	}
	w.Header().Set("Content-Type", f.mime)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	_, _ = w.Write(f.bytes) // the caller may have gone
}
