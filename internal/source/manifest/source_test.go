package manifest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/snapshot"
)

const shared = "../../../../shared"

// read collects what a source emits, without what is implied.
func read(t testing.TB, options Options) []snapshot.Change {
	t.Helper()
	var changes []snapshot.Change
	err := New(options).Read(context.Background(), func(change snapshot.Change) error {
		if change.Listed == nil && (change.Put == nil || !change.Put.Implied) {
			changes = append(changes, change)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// describeChange renders a change on one line.
func describeChange(change snapshot.Change) string {
	if object := change.Put; object != nil {
		marks := ""
		if object.Partial {
			marks += " partial"
		}
		if object.Origin.Editable {
			marks += " editable"
		}
		return fmt.Sprintf("%s:%d object %s%s", object.Origin.File, object.Origin.Line, object.ID, marks)
	}
	weight := "gap"
	if change.Gap.Refused {
		weight = "refused"
	}
	if change.Gap.Skipped {
		weight = cmp.Or(strings.TrimPrefix(weight, "gap")+" skipped", "skipped")
	}
	return strings.TrimSpace(fmt.Sprintf("%s:%d %s: %s", change.Gap.File, change.Gap.Line, strings.TrimSpace(weight), change.Gap.Reason))
}

// TestTrees reads testdata/*.txtar. Each holds a tree of files and sections that
// say what becomes of it: "want PATHS [OPTION=VALUE ...]" for what is read, "lines
// PATHS KIND/NAME" for where the fields of one object stand. The names of files may
// end in " -> TARGET" for symbolic links and in " (pipe)".
func TestTrees(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal(err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			home, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			for i := range archive.Files {
				section := &archive.Files[i]
				var got string
				switch word, arguments, _ := strings.Cut(section.Name, " "); word {
				case "want":
					got = wantSection(t, arguments)
				case "lines":
					got = linesSection(t, arguments)
				default:
					write(t, section)
					continue
				}
				if got != string(section.Data) && os.Getenv("UPDATE") == "" {
					t.Errorf("%s: got\n%swant\n%s", section.Name, got, section.Data)
				}
				section.Data = []byte(got)
			}
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(filepath.Join(home, path), txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// unpack writes the files of an archive into a new folder, and goes there.
func unpack(t *testing.T, name string) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for i := range archive.Files {
		if word, _, _ := strings.Cut(archive.Files[i].Name, " "); word != "want" && word != "lines" {
			write(t, &archive.Files[i])
		}
	}
}

func write(t *testing.T, section *txtar.File) {
	t.Helper()
	name, target, isLink := strings.Cut(section.Name, " -> ")
	name, isPipe := strings.CutSuffix(name, " (pipe)")
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	switch {
	case err != nil:
	case isLink:
		err = os.Symlink(strings.ReplaceAll(target, "OUTSIDE", shared), name)
	case isPipe:
		err = makePipe(name)
	case strings.HasSuffix(name, "/"):
		err = os.MkdirAll(name, 0o755)
	case strings.HasSuffix(name, ".tgz"):
		err = os.WriteFile(name, pack(t, strings.TrimSpace(string(section.Data))), 0o644)
	default:
		err = os.WriteFile(name, section.Data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// optionsOf reads "PATH PATH set=a=b namespace=shop".
func optionsOf(t *testing.T, arguments string) Options {
	t.Helper()
	options := Options{KubernetesVersion: "1.36"}
	for _, word := range strings.Fields(arguments) {
		key, value, found := strings.Cut(word, "=")
		switch {
		case !found:
			options.Paths = append(options.Paths, word)
		case key == "namespace":
			options.Namespace = value
		case key == "values":
			options.Values = append(options.Values, value)
		case key == "set":
			options.Set = append(options.Set, value)
		case key == "setString":
			options.SetString = append(options.SetString, value)
		case key == "version":
			options.KubernetesVersion = value
		case key == "api":
			options.APIVersions = append(options.APIVersions, value)
		case key == "limit":
			fmt.Sscan(value, &options.MaxFileBytes)
		case key == "drop":
			options.DropText = true
		case key == "remote":
			options.AllowRemote = true
		default:
			t.Fatalf("option %s", key)
		}
	}
	options.Stdin = strings.NewReader("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: piped}\n")
	return options
}

func wantSection(t *testing.T, arguments string) string {
	t.Helper()
	var out strings.Builder
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range read(t, optionsOf(t, arguments)) {
		fmt.Fprintln(&out, strings.ReplaceAll(describeChange(change), realPath(wd), "CWD"))
	}
	return out.String()
}

// linesSection lists the lines of an object's fields with the text that stands
// there: "LINE PATH | TEXT".
func linesSection(t *testing.T, arguments string) string {
	t.Helper()
	arguments, name, _ := strings.Cut(arguments, " of ")
	var out strings.Builder
	for _, change := range read(t, optionsOf(t, arguments)) {
		object := change.Put
		if object == nil || object.Kind+"/"+object.Name != name {
			continue
		}
		data, err := os.ReadFile(object.Origin.File)
		if err != nil {
			t.Fatal(err)
		}
		lines := append([]string{"?"}, strings.Split(string(data), "\n")...)
		raw, err := object.Encode()
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range leaves(t, raw) {
			if line := object.Origin.Lines.Find(path); path != "status" {
				fmt.Fprintf(&out, "%d %s | %s\n", line, path, strings.TrimSpace(lines[line]))
			}
		}
	}
	return out.String()
}

func TestErrorsOfTheReceiverAreReturned(t *testing.T) {
	stop := errors.New("enough")
	for _, paths := range [][]string{{"testdata"}, {"."}} {
		if err := New(Options{Paths: paths}).Read(context.Background(), func(snapshot.Change) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("%v", err)
		}
	}
}

// TestCorpus reads the public applications: nothing about them is a gap that
// would change the exit status.
func TestCorpus(t *testing.T) {
	if _, err := os.Stat(shared + "/corpus"); err != nil {
		t.Skip("../shared/corpus is missing: the public applications are needed")
	}
	want := map[string]int{"argo-cd": 59, "istio-bookinfo": 151, "kubernetes-goat": 36, "online-boutique": 164}
	for _, app := range slices.Sorted(keysOf(want)) {
		objects := 0
		for _, change := range read(t, Options{Paths: []string{shared + "/corpus/" + app}}) {
			if change.Put != nil {
				objects++
			} else if !change.Gap.Skipped {
				t.Errorf("%s: %s", app, describeChange(change))
			}
		}
		if objects != want[app] {
			t.Errorf("%s: %d objects, want %d", app, objects, want[app])
		}
	}
}

func keysOf(m map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// TestRedact demands that every object passes the hook, those of charts and
// kustomizations included.
func TestRedact(t *testing.T) {
	if _, err := os.Stat(shared + "/corpus"); err != nil {
		t.Skip("../shared/corpus is missing: the public applications are needed")
	}
	options := Options{Paths: []string{shared + "/corpus"}, Redact: func(object *snapshot.Object) { object.UID = "seen" }}
	for _, change := range read(t, options) {
		if change.Put != nil && change.Put.UID != "seen" {
			t.Errorf("%s of %s", change.Put.ID, change.Put.Origin.File)
		}
	}
}

// TestManyFiles reads more files than there are processors, in order.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		text := fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%03d}\n", i)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.yaml", i)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	changes := read(t, Options{Paths: []string{dir}})
	for i, change := range changes {
		if change.Put == nil || change.Put.Name != fmt.Sprintf("c%03d", i) {
			t.Fatalf("%d: %s", i, describeChange(change))
		}
	}
	if len(changes) != 300 {
		t.Errorf("%d changes", len(changes))
	}
}

// TestWithoutPermission demands a gap for what may not be read. The superuser may
// read everything, so the test then runs again as nobody.
func TestWithoutPermission(t *testing.T) {
	if os.Getuid() == 0 {
		againAsNobody(t)
		return
	}
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"closed.yaml": 0, "open.yaml": 0o644} {
		text := []byte("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
		if err := os.WriteFile(filepath.Join(dir, name), text, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0); err != nil {
		t.Fatal(err)
	}
	var denied []string
	objects := 0
	for _, change := range read(t, Options{Paths: []string{dir}}) {
		switch {
		case change.Put != nil && !change.Put.Implied:
			objects++
		case change.Gap != nil && change.Gap.Hides() && strings.Contains(change.Gap.Reason, fs.ErrPermission.Error()):
			denied = append(denied, filepath.Base(change.Gap.File))
		}
	}
	if slices.Sort(denied); !slices.Equal(denied, []string{"closed.yaml", "folder"}) || objects != 1 {
		t.Errorf("gaps %v and %d objects", denied, objects)
	}
}

// againAsNobody runs the calling test in a copy of this program, in a folder that
// nobody can reach, as that user.
func againAsNobody(t *testing.T) {
	t.Helper()
	const nobody = 65534
	folder, err := os.MkdirTemp("", "as-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(folder, "test")
	if err := errors.Join(os.WriteFile(copied, program, 0o755), os.Chown(folder, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(copied, "-test.run", "^"+t.Name()+"$", "-test.v")
	command.Dir, command.Env = folder, []string{"TMPDIR=" + folder, "HOME=" + folder}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

func TestGapsOfNothing(t *testing.T) {
	for name, options := range map[string]Options{
		"nowhere.yaml:0 gap: cannot be read: no such file or directory": {Paths: []string{"nowhere.yaml"}},
		"<stdin>:0 gap: there is no standard input":                     {Paths: []string{"-"}},
		"<stdin>:0 gap: holds no Kubernetes object: it is empty":        {Paths: []string{"-"}, Stdin: strings.NewReader("")},
		"/dev/null:0 gap: cannot be read: is a device, not a file":      {Paths: []string{"/dev/null"}},
	} {
		changes := read(t, options)
		if len(changes) != 1 || describeChange(changes[0]) != name {
			t.Errorf("%v", describeChange(changes[0]))
		}
	}
	if changes := read(t, Options{}); len(changes) != 0 {
		t.Errorf("%v", changes)
	}
}
