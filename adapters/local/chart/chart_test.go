package chart

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"
)

func weeks(n int) string {
	var out []string
	for i := range n {
		day := time.Date(2026, 3, 2+7*i, 0, 0, 0, 0, time.UTC)
		out = append(out, fmt.Sprintf("%s-%d-%d", day.Format("20060102"), (37*i)%101, (53*i)%101))
	}
	return Prefix + strings.Join(out, ".")
}

func TestAChartIsAPicture(t *testing.T) {
	for _, key := range []string{weeks(2), weeks(12), weeks(60), Prefix + "20260302-0-0.20260309-0-0", Prefix + "20260302-100-100.20260309-100-100"} {
		raw, err := Draw(key)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		picture, err := png.Decode(bytes.NewReader(raw))
		if err != nil || picture.Bounds().Dx() != width || picture.Bounds().Dy() != height || len(raw) > 200<<10 {
			t.Errorf("%.40s: %d bytes, %v", key, len(raw), err)
		}
		for y := range height { // the lines stay within the axes
			if r, g, b, _ := picture.At(5, y).RGBA(); r != 0xFFFF || g != 0xFFFF || b != 0xFFFF {
				t.Fatalf("%.40s: something is drawn at the left border, %d from the top", key, y)
			}
		}
		if again, err := Draw(key); err != nil || !bytes.Equal(raw, again) {
			t.Errorf("%.40s: drawn again it is another, %v", key, err)
		}
		if folder := os.Getenv("CHARTS"); folder != "" {
			if err := os.WriteFile(fmt.Sprintf("%s/%d.png", folder, len(key)), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestWhatIsNoChart(t *testing.T) {
	for _, key := range []string{
		"", "chart/", "chart/20260302-50-33", "chart/20260302-50-33.20260302-50-33", "chart/20260309-50-33.20260302-50-33",
		"chart/20260302-50.20260309-50", "chart/20260302-101-1.20260309-1-1", "chart/20260302--1-1.20260309-1-1", "chart/x-1-1.y-1-1", weeks(61),
		"photo/1", Prefix + strings.Repeat("9", 1<<20),
	} {
		if _, err := Draw(key); !errors.Is(err, ErrKey) {
			t.Errorf("%.40q: %v", key, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(weeks(3))
	f.Fuzz(func(t *testing.T, key string) {
		points, err := parse(key)
		if (err == nil) != (len(points) >= 2) || len(points) > maxPoints {
			t.Errorf("%q: %d points, %v", key, len(points), err)
		}
	})
}
