package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
)

// upload makes a call whose parameters name the files of up by "attach://". The files are read while they are sent;
// when it returns nobody reads them any more.
func (c *caller) upload(ctx context.Context, method string, params any, up *uploads, dest any) error {
	if len(up.sources) == 0 {
		return c.call(ctx, method, params, dest)
	}
	fields, err := fieldsOf(params)
	if err != nil {
		return fmt.Errorf("encode %s: %w", method, err)
	}
	body, pipe := io.Pipe()
	form := multipart.NewWriter(pipe)
	written := make(chan struct{})
	go func() {
		defer close(written)
		pipe.CloseWithError(writeForm(form, fields, up))
	}()
	defer func() {
		_ = body.Close()
		_ = up.close() // who sends it says why it failed
		<-written
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/"+method, body)
	if err != nil {
		return fmt.Errorf("make call %s", method) // the cause would show the address
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	result, err := c.send(r)
	if err != nil || dest == nil {
		return err
	}
	if err := json.Unmarshal(result, dest); err != nil {
		return fmt.Errorf("decode answer of %s: %w", method, err)
	}
	return nil
}

// fieldsOf returns parameters as a form has them: strings as they are, all else as JSON.
func fieldsOf(params any) (map[string]string, error) {
	raw, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(members))
	for name, value := range members {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		out[name] = text
	}
	return out, nil
}

func writeForm(form *multipart.Writer, fields map[string]string, up *uploads) error {
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			return err
		}
	}
	for i, s := range up.sources {
		head := textproto.MIMEHeader{}
		head.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, fieldName(i), escaped(s.name)))
		head.Set("Content-Type", "application/octet-stream")
		part, err := form.CreatePart(head)
		if err != nil {
			return err
		}
		if _, err := io.Copy(part, s); err != nil {
			return err
		}
	}
	return form.Close()
}

// fieldName names the n-th upload of a call, counted from 0.
func fieldName(n int) string { return fmt.Sprintf("file%d", n) }

// escaped makes a file's name safe between the quotes of a header.
func escaped(name string) string {
	return strings.NewReplacer(`\`, `_`, `"`, `_`, "\r", "_", "\n", "_").Replace(name)
}
