// Package chart draws the numbers that a media key spells, so that a picture needs to be kept nowhere. It does not know what
// the numbers mean: it draws no words, which nobody would translate.
package chart

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wcharczuk/go-chart/v2"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// Prefix is what the keys begin with.
const Prefix = "chart/"

const (
	maxPoints     = 60
	width, height = 900, 450
	// The colours are as dark as the text, so that the lines are seen by everybody.
	firstColor, secondColor = "1b6e3c", "b3541e"
)

// ErrKey is wrapped for a key that spells no chart.
var ErrKey = errors.New("not a chart")

// point is one week: its Monday, and two shares in percent.
type point struct {
	day           time.Time
	first, second int
}

// parse reads "chart/20260302-50-33.20260309-61-34": at least two and at most 60 weeks, in order.
func parse(key string) ([]point, error) {
	rest, ok := strings.CutPrefix(key, Prefix)
	if !ok || len(rest) > 32*maxPoints {
		return nil, fmt.Errorf("read key %.40q: %w", key, ErrKey)
	}
	var out []point
	for part := range strings.SplitSeq(rest, ".") {
		words := strings.Split(part, "-")
		if len(words) != 3 || len(out) == maxPoints {
			return nil, fmt.Errorf("read weeks of %.40q: %w", key, ErrKey)
		}
		day, err := time.Parse("20060102", words[0])
		first, err1 := strconv.ParseUint(words[1], 10, 7)
		second, err2 := strconv.ParseUint(words[2], 10, 7)
		if err := errors.Join(err, err1, err2); err != nil || first > 100 || second > 100 {
			return nil, fmt.Errorf("read week %.40q: %w", part, ErrKey)
		}
		if n := len(out); n > 0 && !out[n-1].day.Before(day) {
			return nil, fmt.Errorf("order of weeks in %.40q: %w", key, ErrKey)
		}
		out = append(out, point{day: day, first: int(first), second: int(second)})
	}
	if len(out) < 2 {
		return nil, fmt.Errorf("read weeks of %.40q: one is no line: %w", key, ErrKey)
	}
	return out, nil
}

// Draw returns the chart as PNG: the first share as a whole line, the second as a dashed one, so that they can be told apart
// without colours. Errors for a key that spells none wrap ErrKey.
func Draw(key string) ([]byte, error) {
	points, err := parse(key)
	if err != nil {
		return nil, err
	}
	days := make([]time.Time, 0, len(points))
	var first, second []float64
	for _, p := range points {
		days = append(days, p.day)
		first, second = append(first, float64(p.first)), append(second, float64(p.second))
	}
	last := points[len(points)-1]
	graph := chart.Chart{
		Width: width, Height: height,
		Background: chart.Style{Padding: chart.Box{Top: 20, Left: 20, Right: 30, Bottom: 10}},
		XAxis:      chart.XAxis{ValueFormatter: chart.TimeValueFormatterWithFormat("2006-01-02"), Ticks: ticks(points)},
		YAxis: chart.YAxis{
			AxisType: chart.YAxisSecondary, Range: &chart.ContinuousRange{Min: 0, Max: 100},
			Ticks:          []chart.Tick{{Value: 0, Label: "0 %"}, {Value: 25, Label: "25 %"}, {Value: 50, Label: "50 %"}, {Value: 75, Label: "75 %"}, {Value: 100, Label: "100 %"}},
			GridMajorStyle: chart.Style{StrokeColor: drawing.ColorFromHex("dddddd"), StrokeWidth: 1},
			GridLines:      []chart.GridLine{{Value: 25}, {Value: 50}, {Value: 75}, {Value: 100}},
		},
		Series: []chart.Series{
			line(days, first, firstColor, nil),
			line(days, second, secondColor, []float64{8, 6}),
			chart.AnnotationSeries{Annotations: []chart.Value2{
				label(last.day, last.first, firstColor), label(last.day, last.second, secondColor),
			}},
		},
	}
	var b bytes.Buffer
	if err := graph.Render(chart.PNG, &b); err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	return b.Bytes(), nil
}

func line(days []time.Time, values []float64, color string, dashes []float64) chart.Series {
	c := drawing.ColorFromHex(color)
	return chart.TimeSeries{XValues: days, YValues: values, Style: chart.Style{
		StrokeColor: c, StrokeWidth: 4, StrokeDashArray: dashes, DotColor: c, DotWidth: 4,
	}}
}

// label writes a value at the end of its line.
func label(day time.Time, value int, color string) chart.Value2 {
	return chart.Value2{
		XValue: chart.TimeToFloat64(day), YValue: float64(value), Label: strconv.Itoa(value) + " %",
		Style: chart.Style{StrokeColor: drawing.ColorFromHex(color)},
	}
}

// ticks names at most six of the weeks, the last always. The first has a tick in any case: the axis begins where the ticks do.
func ticks(points []point) []chart.Tick {
	step := (len(points) + 5) / 6
	out := []chart.Tick{{Value: chart.TimeToFloat64(points[0].day)}}
	for i := (len(points) - 1) % step; i < len(points); i += step {
		tick := chart.Tick{Value: chart.TimeToFloat64(points[i].day), Label: points[i].day.Format("2006-01-02")}
		if i == 0 {
			out = out[:0]
		}
		out = append(out, tick)
	}
	return out
}
