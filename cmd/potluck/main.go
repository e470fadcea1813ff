// Command potluck makes one community out of people who sit in Telegram, Signal and Matrix. It knows every
// room of the house and decides nothing: flags, config, wiring, run, exit codes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // so that a community's zone is the same on every machine
)

// verb is one thing that the program can be asked to do.
type verb struct {
	name, help string
	run        func(ctx context.Context, c *console, args []string) error
}

func verbs() []verb {
	return []verb{
		{"demo", "three messengers around one table, on this machine, to play with", runDemo},
		{"run", "connect the platforms of the config and relay until stopped", runRun},
		{"check", "look at config, tokens, rights and reach, and say what to do", runCheck},
		{"do", "type a command at a running potluck: potluck do \"links\"", runDo},
		{"captcha", "give Signal the solution of the captcha that it asks for", runCaptcha},
		{"backup", "write a copy of the state to a file while potluck runs", runBackup},
		{"restore", "put a backup in the place of the state (potluck must not run)", runRestore},
		{"features", "what each platform shows of what comes from the others", runFeatures},
		{"registration", "print a registration that lets people have accounts of their own on Matrix", runRegistration},
		{"bench", "measure the relay: potluck bench relay --help, potluck bench outage --help", runBench},
		{"recap", "the best ten bullets of a conversation on the standard input: potluck recap --json", runRecap},
		{"version", "the version of this program", runVersion},
	}
}

// console is where a verb reads and writes.
type console struct {
	out, err io.Writer
	env      func(string) string
	log      *slog.Logger
}

// gcPercent lets the heap grow threefold between two collections: at the few megabytes that Potluck holds that
// costs nothing worth having, and busy times need a tenth less of the processor.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	level := slog.LevelInfo
	if os.Getenv("POTLUCK_LOG") == "debug" {
		level = slog.LevelDebug
	}
	c := &console{
		out: os.Stdout, err: os.Stderr, env: os.Getenv,
		log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
	}
	code := run(ctx, c, os.Args[1:])
	stop()
	os.Exit(code)
}

// errProblems is returned by a verb that has already told what is wrong.
var errProblems = errors.New("there are problems")

// run carries out one verb and returns the exit code: 0 done, 1 failed, 2 asked wrongly.
func run(ctx context.Context, c *console, args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(c.err)
		return 2
	}
	for _, v := range verbs() {
		if v.name != args[0] {
			continue
		}
		err := v.run(ctx, c, args[1:])
		var wrong *usageError
		switch {
		case err == nil:
			return 0
		case errors.Is(err, flag.ErrHelp):
			return 2
		case errors.As(err, &wrong):
			fmt.Fprintf(c.err, "potluck %s: %v\n", v.name, err)
			return 2
		case !errors.Is(err, errProblems):
			fmt.Fprintf(c.err, "potluck %s: %v\n", v.name, err)
		}
		return 1
	}
	fmt.Fprintf(c.err, "potluck: there is no command %q\n\n", args[0])
	usage(c.err)
	return 2
}

// usageError is an error in how the program was called.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usage(w io.Writer) {
	fmt.Fprintln(w, "Potluck: many messengers, one table.\n\nusage: potluck COMMAND [flags]")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-12s %s\n", v.name, v.help)
	}
	fmt.Fprintln(w, "\nStart with: potluck demo")
}

// flags returns a flag set for a verb that has told its errors already when Parse fails.
func (c *console) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet("potluck "+name, flag.ContinueOnError)
	f.SetOutput(c.err)
	return f
}

// parse parses the flags; what is wrong with them has been written out.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return &usageError{err.Error()}
	}
	return nil
}

// config adds the flag that names the config file to a verb and returns what loads it.
func (c *console) config(f *flag.FlagSet) func() (Config, error) {
	path := f.String("config", "", "the config file (default potluck.toml, if it is there)")
	return func() (Config, error) { return loadConfig(*path, c.env) }
}
