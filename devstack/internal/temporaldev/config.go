package temporaldev

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
)

// loopback is where the services of the server talk to each other.
const loopback = "127.0.0.1"

const clusterName = "active"

// Service is one of the four services of a Temporal server.
type Service struct {
	GRPC       int // the port of its API
	Membership int // the port by which the services find each other
}

// Ports are all ports of a server. They must stay the same for a database: it
// remembers the members, and a server that comes back on other membership ports
// waits almost a minute for the old ones.
type Ports struct {
	Frontend, History, Matching, Worker Service
	UI                                  int
}

// sqliteConfig returns how the database is opened. The attributes become
// pragmas of each connection as they are; with a leading underscore they would
// be ignored without an error.
func (c Config) sqliteConfig() *config.SQL {
	return &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: c.File,
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  c.Synchronous,
			"busy_timeout": "10000",
		},
	}
}

// serverConfig returns the configuration of a server with one history shard.
func (c Config) serverConfig(sql *config.SQL) *config.Config {
	frontend := c.frontendAddress()
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{
				MaxJoinDuration:  30 * time.Second,
				BroadcastAddress: loopback,
			},
		},
		Persistence: config.Persistence{
			DefaultStore:     sqlite.PluginName,
			VisibilityStore:  sqlite.PluginName,
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: sql}},
		},
		ClusterMetadata:     clusterConfig(frontend),
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): service(c.Ports.Frontend, c.Host),
			string(primitives.HistoryService):  service(c.Ports.History, loopback),
			string(primitives.MatchingService): service(c.Ports.Matching, loopback),
			string(primitives.WorkerService):   service(c.Ports.Worker, loopback),
		},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchival{State: config.ArchivalDisabled},
		},
		PublicClient: config.PublicClient{HostPort: frontend},
		NamespaceDefaults: config.NamespaceDefaults{
			Archival: config.ArchivalNamespaceDefaults{
				History:    config.HistoryArchivalNamespaceDefaults{State: config.ArchivalDisabled},
				Visibility: config.VisibilityArchivalNamespaceDefaults{State: config.ArchivalDisabled},
			},
		},
	}
}

func clusterConfig(frontend string) *cluster.Config {
	return &cluster.Config{
		FailoverVersionIncrement: 10,
		MasterClusterName:        clusterName,
		CurrentClusterName:       clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{
			clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
		},
	}
}

func service(s Service, host string) config.Service {
	return config.Service{RPC: config.RPC{
		GRPCPort:       s.GRPC,
		MembershipPort: s.Membership,
		BindOnIP:       host,
	}}
}

// dynamicConfig returns what differs from the server's defaults, which are made
// for many shards: a queue of the one shard that is here would be read 20 times
// a second at most, up to 50 ms for every step of a workflow.
func dynamicConfig() dynamicconfig.StaticClient {
	const pollRPS, rps = 2000, 100_000
	return dynamicconfig.StaticClient{
		dynamicconfig.TransferProcessorMaxPollRPS.Key():   pollRPS,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():      pollRPS,
		dynamicconfig.VisibilityProcessorMaxPollRPS.Key(): pollRPS,
		dynamicconfig.OutboundProcessorMaxPollRPS.Key():   pollRPS,

		// A refused Update is tried again in silence until the caller's deadline.
		dynamicconfig.WorkflowExecutionMaxInFlightUpdates.Key(): 100,

		dynamicconfig.FrontendRPS.Key():                                         rps,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():                  rps,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key():        rps,
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): rps,
		dynamicconfig.FrontendGlobalWorkerDeploymentReadRPS.Key():               rps,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                           rps,
		dynamicconfig.HistoryRPS.Key():                                          rps,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                            rps,
		dynamicconfig.MatchingRPS.Key():                                         rps,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():                           rps,

		// A search attribute that was just registered is known after this long.
		dynamicconfig.NamespaceCacheRefreshInterval.Key(): 200 * time.Millisecond,

		// On by default in this version; named because the product depends on them.
		dynamicconfig.EnableDeploymentVersions.Key():     true,
		dynamicconfig.EnableActivityEagerExecution.Key(): true,
	}
}

// frontendAddress returns where the server's API is reached on this machine.
func (c Config) frontendAddress() string {
	return net.JoinHostPort(reachable(c.Host), strconv.Itoa(c.Ports.Frontend.GRPC))
}

// uiAddress returns what a browser is pointed at.
func (c Config) uiAddress() string {
	return fmt.Sprintf("http://%s", net.JoinHostPort(reachable(c.Host), strconv.Itoa(c.Ports.UI)))
}

// reachable turns the address of all interfaces into one that can be dialled.
func reachable(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return loopback
	}
	return host
}
