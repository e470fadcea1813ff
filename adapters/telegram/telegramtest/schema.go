package telegramtest

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The Bot API 10.1 without its prose, made from PaulSonOfLars/telegram-bot-api-spec (MIT), with the two
// fields of ephemeral messages that 10.2 added to Message.
//
//go:embed testdata/botapi-10.1.json.gz
var schemaFile []byte

// schema checks values against the Bot API's types.
type schema struct {
	methods   map[string]map[string]field // by lower-case method name
	types     map[string]map[string]field
	unions    map[string][]string
	reactions []string // the emoji a bot may react with
}

// field is one parameter or member: "!Integer|String;c1-64" or "!String=creator" in the file.
type field struct {
	types    []string
	required bool
	always   string // the only value it may have, empty = any
	unit     byte   // 'c' characters, 'b' bytes, 'n' number, 0 = no limit
	min, max int
}

func readSchema() (*schema, error) {
	zr, err := gzip.NewReader(bytes.NewReader(schemaFile))
	if err != nil {
		return nil, fmt.Errorf("open schema: %w", err)
	}
	var raw struct {
		Methods, Types map[string]map[string]string
		Reactions      []string
	}
	if err := json.NewDecoder(zr).Decode(&raw); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	s := &schema{
		methods: map[string]map[string]field{}, types: map[string]map[string]field{},
		unions: map[string][]string{}, reactions: raw.Reactions,
	}
	for name, fields := range raw.Methods {
		s.methods[strings.ToLower(name)] = readFields(fields)
	}
	for name, fields := range raw.Types {
		if union, ok := fields[""]; ok {
			s.unions[name] = strings.Split(union, "|")
			continue
		}
		s.types[name] = readFields(fields)
	}
	return s, nil
}

func readFields(in map[string]string) map[string]field {
	out := make(map[string]field, len(in))
	for name, spec := range in {
		var f field
		spec, f.required = strings.CutPrefix(spec, "!")
		spec, limit, _ := strings.Cut(spec, ";")
		spec, f.always, _ = strings.Cut(spec, "=")
		f.types = mixed(strings.Split(spec, "|"))
		if limit != "" {
			f.unit = limit[0]
			lo, hi, _ := strings.Cut(limit[1:], "-")
			f.min, _ = strconv.Atoi(lo)
			f.max, _ = strconv.Atoi(hi)
		}
		out[name] = f
	}
	return out
}

// mixed makes one type of arrays of several: an album has photos beside videos.
func mixed(types []string) []string {
	var out, items []string
	for _, t := range types {
		if item, ok := strings.CutPrefix(t, "Array of "); ok && len(types) > 1 {
			items = append(items, item)
			continue
		}
		out = append(out, t)
	}
	if len(items) > 0 {
		out = append(out, "Array of "+strings.Join(items, "|"))
	}
	return out
}

// request checks the parameters of a call as they came: all are strings, objects are JSON in a string.
func (s *schema) request(method string, values map[string]string, files map[string]*upload) error {
	fields, ok := s.methods[strings.ToLower(method)]
	if !ok {
		return fmt.Errorf("no method %s", method)
	}
	for name, f := range fields {
		_, given := values[name]
		_, uploaded := files[name]
		if f.required && !given && !uploaded {
			return fmt.Errorf("%s lacks %s", method, name)
		}
	}
	for name, value := range values {
		f, ok := fields[name]
		if !ok {
			return fmt.Errorf("%s has no parameter %s", method, name)
		}
		if err := s.parameter(f, value); err != nil {
			return fmt.Errorf("%s.%s: %w", method, name, err)
		}
	}
	return nil
}

func (s *schema) parameter(f field, value string) error {
	if err := f.limit(value); err != nil {
		return err
	}
	var last error
	for _, t := range f.types {
		if last = s.text(t, value); last == nil {
			return nil
		}
	}
	return last
}

// text checks a parameter's string against one type.
func (s *schema) text(t, value string) error {
	switch t {
	case "String":
		return nil
	case "InputFile":
		if strings.TrimSpace(value) == "" {
			return fmt.Errorf("empty file")
		}
		return nil
	case "Integer":
		_, err := strconv.ParseInt(value, 10, 64)
		return err
	case "Float":
		_, err := strconv.ParseFloat(value, 64)
		return err
	case "Boolean":
		if !slices.Contains([]string{"true", "false", "True", "False", "1", "0"}, value) {
			return fmt.Errorf("%q is not a boolean", value)
		}
		return nil
	}
	v, err := decodeAny([]byte(value))
	if err != nil {
		return err
	}
	return s.value(t, v)
}

// object checks JSON that the fake is about to send, or got, against a type.
func (s *schema) object(t string, raw []byte) error {
	v, err := decodeAny(raw)
	if err != nil {
		return err
	}
	return s.value(t, v)
}

func decodeAny(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	return v, nil
}

func (s *schema) value(t string, v any) error {
	if item, ok := strings.CutPrefix(t, "Array of "); ok {
		return s.array(item, v)
	}
	switch t {
	case "String", "InputFile":
		return want[string](v)
	case "Boolean":
		return want[bool](v)
	case "Integer", "Float":
		n, ok := v.(json.Number)
		if !ok {
			return fmt.Errorf("%v is not a number", v)
		}
		if _, err := n.Int64(); t == "Integer" && err != nil {
			return fmt.Errorf("%v is not an integer", v)
		}
		return nil
	}
	if union, ok := s.unions[t]; ok {
		return s.anyOf(union, v)
	}
	return s.members(t, v)
}

func want[T any](v any) error {
	if _, ok := v.(T); !ok {
		return fmt.Errorf("%v has the wrong type", v)
	}
	return nil
}

func (s *schema) array(item string, v any) error {
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("not an array of %s", item)
	}
	for i, x := range list {
		if err := s.anyOf(strings.Split(item, "|"), x); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func (s *schema) anyOf(types []string, v any) error {
	var last error
	for _, t := range types {
		if last = s.value(t, v); last == nil {
			return nil
		}
	}
	if len(types) > 1 {
		return fmt.Errorf("none of %s fits (last: %w)", strings.Join(types, ", "), last)
	}
	return last
}

func (s *schema) members(t string, v any) error {
	fields, ok := s.types[t]
	if !ok {
		return fmt.Errorf("no type %s", t)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("not an object %s", t)
	}
	for name, f := range fields {
		if _, given := object[name]; f.required && !given {
			return fmt.Errorf("%s lacks %s", t, name)
		}
	}
	for name, x := range object {
		f, ok := fields[name]
		if !ok {
			return fmt.Errorf("%s has no member %s", t, name)
		}
		if err := s.member(f, x); err != nil {
			return fmt.Errorf("%s.%s: %w", t, name, err)
		}
	}
	return nil
}

func (s *schema) member(f field, v any) error {
	text, isText := v.(string)
	if f.always != "" && text != f.always {
		return fmt.Errorf("%v is not %s", v, f.always)
	}
	if isText {
		if err := f.limit(text); err != nil {
			return err
		}
	}
	return s.anyOf(f.types, v)
}

// limit checks a length or, for numbers, the value.
func (f field) limit(value string) error {
	n := 0
	switch f.unit {
	case 'c':
		n = utf8.RuneCountInString(value)
	case 'b':
		n = len(value)
	case 'n':
		n, _ = strconv.Atoi(value)
	default:
		return nil
	}
	if n < f.min || n > f.max {
		return fmt.Errorf("%d is outside %d-%d", n, f.min, f.max)
	}
	return nil
}
