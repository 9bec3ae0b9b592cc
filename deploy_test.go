package bedesten_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

type composeFile struct {
	Environment map[string]string         `yaml:"x-bedesten-environment"`
	Services    map[string]composeService `yaml:"services"`
}

type composeService struct {
	Image       string         `yaml:"image"`
	Build       map[string]any `yaml:"build"`
	Ports       []string       `yaml:"ports"`
	Healthcheck map[string]any `yaml:"healthcheck"`
	Restart     string         `yaml:"restart"`
}

func compose(t *testing.T) (composeFile, string) {
	t.Helper()
	raw, err := os.ReadFile("docker-compose.yml")
	require.NoError(t, err)
	var file composeFile
	require.NoError(t, yaml.Unmarshal(raw, &file))
	return file, string(raw)
}

// variables are the names that config.Config reads.
func variables() []string {
	var names []string
	for f := range reflect.TypeFor[config.Config]().Fields() {
		names = append(names, f.Tag.Get("env"))
	}
	return names
}

func TestCompose_RunsEverythingTheShopStandsOn(t *testing.T) {
	t.Parallel()

	file, _ := compose(t)
	for _, service := range []string{"mongo", "redis", "postgres", "temporal", "temporal-ui", "api", "worker"} {
		s, ok := file.Services[service]
		require.True(t, ok, service)
		require.NotEmpty(t, s.Healthcheck, "%s says when it is ready", service)
		require.NotEmpty(t, s.Restart, "%s comes back", service)
	}
	require.Contains(t, file.Services, "migrate")
}

func TestCompose_HasTemporalsUIAskTheAPIToDecrypt(t *testing.T) {
	t.Parallel()

	_, raw := compose(t)
	var file struct {
		Services map[string]struct {
			Environment map[string]string `yaml:"environment"`
		} `yaml:"services"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(raw), &file))
	ui := file.Services["temporal-ui"].Environment
	require.Regexp(t, `^\$\{BEDESTEN_PUBLIC_URL:\?[^}]+\}/v1/codec$`, ui["TEMPORAL_CODEC_ENDPOINT"])
	require.Equal(t, "true", ui["TEMPORAL_CODEC_INCLUDE_CREDENTIALS"])
	require.Contains(t, raw, "BEDESTEN_TEMPORAL_UI_URL: "+ui["TEMPORAL_CORS_ORIGINS"], "the UI's origin is the one that the API lets ask")
}

// Without the tag a library loads what the machine has, and the binaries would need a
// loader that the images lack.
func TestDockerfile_BuildsStaticBinaries(t *testing.T) {
	t.Parallel()

	raw, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	require.Contains(t, string(raw), "CGO_ENABLED=0")
	for line := range strings.Lines(string(raw)) {
		if strings.Contains(line, "go build ") {
			require.Contains(t, line, "-tags nodynamic", line)
		}
	}
}

func TestCompose_PinsImagesAndPublishesOnThisMachineOnly(t *testing.T) {
	t.Parallel()

	file, _ := compose(t)
	pinned := regexp.MustCompile(`^[a-z./-]+:v?\d+\.\d+(\.\d+)?([.-][a-z0-9.-]+)?$`)
	for name, s := range file.Services {
		if s.Build == nil {
			require.Regexp(t, pinned, s.Image, name)
		}
		for _, port := range s.Ports {
			require.True(t, strings.HasPrefix(port, "127.0.0.1:"), "%s publishes %s", name, port)
		}
	}
}

func TestCompose_HasNoDefaultSecrets(t *testing.T) {
	t.Parallel()

	_, raw := compose(t)
	secret := regexp.MustCompile(`\$\{([A-Z_]*(?:PASSWORD|SECRET|KEY)[A-Z_]*)([^}]*)\}`)
	found := secret.FindAllStringSubmatch(raw, -1)
	require.NotEmpty(t, found)
	for _, m := range found {
		require.True(t, strings.HasPrefix(m[2], ":?") || m[2] == ":-", "%s is demanded, or may stay empty: %s", m[1], m[2])
	}
}

func TestCompose_GivesEveryVariableThatTheMainsRead(t *testing.T) {
	t.Parallel()

	file, _ := compose(t)
	example, err := os.ReadFile(".env.example")
	require.NoError(t, err)
	for _, name := range variables() {
		if name == "BEDESTEN_IDENTITY" {
			continue // a container's own name serves
		}
		require.Contains(t, file.Environment, name)
		require.Contains(t, string(example), name, "each variable is explained in .env.example")
	}
}

func TestCompose_GivesTemporalTheSettingsThatOrdersNeed(t *testing.T) {
	t.Parallel()

	found := ""
	entries, err := os.ReadDir("deploy/temporal")
	require.NoError(t, err)
	for _, e := range entries {
		raw, err := os.ReadFile("deploy/temporal/" + e.Name())
		require.NoError(t, err)
		found += string(raw)
	}
	for _, setting := range []string{"history.transferProcessorMaxPollRPS", "history.timerProcessorMaxPollRPS", "history.maxInFlightUpdates"} {
		require.Contains(t, found, setting)
	}
}
