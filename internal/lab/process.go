package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bedesten/bedesten/internal/config"
)

// Environment returns cfg as the variables that a production main reads.
func Environment(cfg config.Config) []string {
	return []string{
		"BEDESTEN_MONGO_URL=" + cfg.MongoURL,
		"BEDESTEN_MONGO_DATABASE=" + cfg.MongoDatabase,
		"BEDESTEN_REDIS_ADDR=" + cfg.RedisAddr,
		"BEDESTEN_TEMPORAL_ADDR=" + cfg.TemporalAddr,
		"BEDESTEN_TEMPORAL_NAMESPACE=" + cfg.TemporalNamespace,
		"BEDESTEN_QUEUES=" + strings.Join(cfg.Queues, ","),
		"BEDESTEN_TEMPORAL_UI_URL=" + cfg.TemporalUI,
		"BEDESTEN_BUILD_ID=" + cfg.BuildID,
		"BEDESTEN_IDENTITY=" + cfg.Identity,
		"BEDESTEN_API_ADDR=" + cfg.APIAddr,
		"BEDESTEN_PUBLIC_URL=" + cfg.PublicURL,
		"BEDESTEN_STOREFRONT_ORIGINS=" + strings.Join(cfg.StorefrontOrigins, ","),
		"BEDESTEN_SECRET_KEYS=" + strings.Join(cfg.SecretKeys, ","),
		"BEDESTEN_DATA_KEYS=" + strings.Join(cfg.DataKeys, ","),
		"BEDESTEN_LOOKUP_KEY=" + cfg.LookupKey,
		"BEDESTEN_PAYLOAD_KEYS=" + strings.Join(cfg.PayloadKeys, ","),
		"BEDESTEN_POLICY=" + cfg.PolicyName,
		"BEDESTEN_LOG_LEVEL=" + cfg.LogLevel,
		"BEDESTEN_DRAIN=" + cfg.Drain.String(),
		"BEDESTEN_NO_RATE_LIMITS=" + strconv.FormatBool(cfg.NoRateLimits),
		"BEDESTEN_SHOP_NAME=" + cfg.ShopName,
		"BEDESTEN_SHOP_URL=" + cfg.ShopURL,
		"BEDESTEN_SHOP_ADDRESS=" + cfg.ShopAddress,
		"BEDESTEN_SUPPORT_EMAIL=" + cfg.SupportEmail,
		"BEDESTEN_TOKEN_KEYS=" + strings.Join(cfg.TokenKeys, ","),
		"BEDESTEN_CARRIER=" + cfg.Carrier,
		"BEDESTEN_WAREHOUSE=" + cfg.Warehouse,
		"BEDESTEN_SHIPPING_TARIFF=" + cfg.TariffFile,
		"EASYPOST_API_URL=" + cfg.EasyPostURL,
		"EASYPOST_API_KEY=" + cfg.EasyPostAPIKey,
		"EASYPOST_WEBHOOK_SECRETS=" + strings.Join(cfg.EasyPostWebhookSecrets, ","),
		"BEDESTEN_MAILER=" + cfg.Mailer,
		"BEDESTEN_MAIL_FROM=" + cfg.MailFrom,
		"SENDGRID_API_URL=" + cfg.SendGridURL,
		"SENDGRID_API_KEY=" + cfg.SendGridAPIKey,
		"SENDGRID_WEBHOOK_KEYS=" + strings.Join(cfg.SendGridWebhookKeys, ","),
		"SMTP_ADDR=" + cfg.SMTPAddr,
		"SMTP_ENCRYPTION=" + cfg.SMTPEncryption,
		"SMTP_USERNAME=" + cfg.SMTPUsername,
		"SMTP_PASSWORD=" + cfg.SMTPPassword,
		"BEDESTEN_ALERT_EMAIL=" + cfg.AlertEmail,
		"BEDESTEN_ALERT_LANGUAGE=" + cfg.AlertLanguage,
		"BEDESTEN_ALERT_WEBHOOK_URL=" + cfg.AlertWebhookURL,
		"BEDESTEN_ALERT_WEBHOOK_SECRET=" + cfg.AlertWebhookSecret,
		"BEDESTEN_MEDIA=" + cfg.Media,
		"BEDESTEN_MEDIA_DIR=" + cfg.MediaDir,
		"BEDESTEN_MEDIA_BUCKET=" + cfg.MediaBucket,
		"BEDESTEN_MEDIA_ENDPOINT=" + cfg.MediaEndpoint,
		"BEDESTEN_MEDIA_REGION=" + cfg.MediaRegion,
		"BEDESTEN_MEDIA_KEY_ID=" + cfg.MediaKeyID,
		"BEDESTEN_MEDIA_SECRET_KEY=" + cfg.MediaSecretKey,
		"BEDESTEN_MEDIA_PUBLIC_URL=" + cfg.MediaPublicURL,
		"CLOUDINARY_URL=" + cfg.CloudinaryURL,
		"CLOUDINARY_API_URL=" + cfg.CloudinaryAPIURL,
		"CLOUDINARY_DELIVERY_URL=" + cfg.CloudinaryDeliveryURL,
		"STRIPE_API_URL=" + cfg.StripeURL,
		"STRIPE_SECRET_KEY=" + cfg.StripeSecretKey,
		"STRIPE_WEBHOOK_SECRETS=" + strings.Join(cfg.StripeWebhookSecrets, ","),
		"BEDESTEN_LOG_FORMAT=json",
		"BEDESTEN_METRICS_ADDR=" + cfg.MetricsAddr,
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + cfg.TracesURL,
		"BEDESTEN_TRACE_RATIO=" + strconv.FormatFloat(cfg.TraceRatio, 'g', -1, 64),
	}
}

// GoBuild builds a main package of the module at root into bin.
func GoBuild(ctx context.Context, root, pkg, bin string, tags ...string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", strings.Join(tags, ","), "-o", bin, pkg)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// Process is a program that is started again whenever it dies: what a process
// manager does in production.
type Process struct {
	bin  string
	args []string
	env  []string
	log  io.Writer

	mu      sync.Mutex
	cmd     *exec.Cmd
	extra   []string
	deaths  int
	stopped bool
	done    chan struct{}
}

// Supervise starts bin with env and keeps it running until Stop.
func Supervise(bin string, args, env []string, log io.Writer) (*Process, error) {
	p := &Process{bin: bin, args: args, env: env, log: log, done: make(chan struct{})}
	if err := p.start(); err != nil {
		return nil, err
	}
	go p.keep()
	return p, nil
}

func (p *Process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd = exec.CommandContext(context.Background(), p.bin, p.args...)
	p.cmd.Env = append(append(os.Environ(), p.env...), p.extra...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", p.bin, err)
	}
	return nil
}

// restartPause keeps a program that cannot start, for example because a store
// is down, from spinning.
const restartPause = 100 * time.Millisecond

func (p *Process) keep() {
	defer close(p.done)
	for {
		if err := p.cmd.Wait(); err != nil {
			fmt.Fprintf(p.log, "%s: %v\n", p.bin, err)
		}
		p.mu.Lock()
		stopped := p.stopped
		p.deaths++
		p.mu.Unlock()
		if stopped {
			return
		}
		<-time.After(restartPause)
		if err := p.start(); err != nil {
			fmt.Fprintln(p.log, err)
			return
		}
	}
}

// Pid is the id of the running program.
func (p *Process) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Pid
}

// Deaths is how often the program has ended so far.
func (p *Process) Deaths() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaths
}

// Arm sets variables for the program's next starts and kills it now, so that
// they hold.
func (p *Process) Arm(env ...string) error {
	p.mu.Lock()
	p.extra = env
	p.mu.Unlock()
	return p.Signal(syscall.SIGKILL)
}

// Signal sends sig to the program.
func (p *Process) Signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("sending %s to %s: %w", sig, p.bin, err)
	}
	return nil
}

// Stop asks the program to end and waits until it has.
func (p *Process) Stop() error {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	err := p.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		err = errors.Join(err, p.Signal(syscall.SIGKILL))
		<-p.done
	}
	return err
}
