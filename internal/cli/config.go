package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"
)

// configFile is read from the current folder.
const configFile = "holdfast.yaml"

// configure sets the flags that the command line left alone from the environment,
// then from holdfast.yaml. A key that no command has is an error.
func configure(cmd *cobra.Command) error {
	settings, err := readConfig(cmd.Root())
	if err != nil {
		return err
	}
	var problems []error
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if flag.Changed || flag.Name == "help" {
			return
		}
		name := "HOLDFAST_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		if value := os.Getenv(name); value != "" {
			problems = append(problems, setFlag(cmd, flag, name, strings.Split(value, ",")))
		} else if values, ok := settings[flag.Name]; ok {
			problems = append(problems, setFlag(cmd, flag, configFile+": "+flag.Name, values))
		}
	})
	return errors.Join(problems...)
}

func setFlag(cmd *cobra.Command, flag *pflag.Flag, source string, values []string) error {
	if !isList(flag) {
		values = []string{strings.Join(values, ",")}
	}
	for _, value := range values {
		if err := cmd.Flags().Set(flag.Name, value); err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
	}
	return nil
}

func isList(flag *pflag.Flag) bool {
	_, ok := flag.Value.(pflag.SliceValue)
	return ok
}

// readConfig reads the file, if there is one: flag names to values.
func readConfig(root *cobra.Command) (map[string][]string, error) {
	data, err := os.ReadFile(configFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", configFile, err)
	}
	var raw map[string]any
	if err := yaml.UnmarshalStrict(data, &raw); err != nil {
		return nil, fmt.Errorf("read %s: %w", configFile, err)
	}
	if _, isObject := raw["apiVersion"]; isObject {
		return nil, nil // a Kubernetes object or a scan of ours, not settings
	}
	known := flagNames(root)
	settings := map[string][]string{}
	for key, value := range raw {
		if !slices.Contains(known, key) {
			return nil, fmt.Errorf("%s: there is no setting %q: settings are named like flags (%s)", configFile, key, strings.Join(known, ", "))
		}
		values, err := texts(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", configFile, key, err)
		}
		settings[key] = values
	}
	return settings, nil
}

func texts(value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	values := make([]string, len(list))
	for i := range list {
		switch list[i].(type) {
		case map[string]any, []any, nil:
			return nil, errors.New("a setting is one value or a list of values, as its flag takes them")
		}
		values[i] = fmt.Sprint(list[i])
	}
	return values, nil
}

func flagNames(root *cobra.Command) []string {
	var names []string
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			if flag.Name != "help" {
				names = append(names, flag.Name)
			}
		})
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root)
	slices.Sort(names)
	return slices.Compact(names)
}
