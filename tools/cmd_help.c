// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: -h and -v; neither needs the kernel. */
#include <string.h>

#include <netlink/version.h>

#include "app.h"
#include "opts.h"

static const char * const usage[] = {
	("-A|E virtual-service [-s scheduler] [-p [timeout]] [-M netmask] [-o]\n"
	 "      [-b sched-flags] [--pe engine] [--no-fastpath]"),
	"-D virtual-service",
	"-C",
	"-R [--replace]",
	"-S [-n]",
	"-a|e virtual-service -r server-address [options]",
	"-d virtual-service -r server-address",
	"-L|l [virtual-service] [options]",
	"-Z [virtual-service]",
	"--set tcp tcpfin udp",
	"--monitor [-n] [--json]",
	"-h",
	"-v",
};

static const char commands[] =
	"\n"
	"Commands:\n"
	"Either long or short options are allowed.\n"
	"  --add-service     -A        add virtual service with options\n"
	"  --edit-service    -E        edit virtual service with options\n"
	"  --delete-service  -D        delete virtual service\n"
	"  --clear           -C        clear the whole table\n"
	"  --restore         -R        restore rules from stdin, all or none\n"
	"  --save            -S        save rules to stdout\n"
	"  --add-server      -a        add real server with options\n"
	"  --edit-server     -e        edit real server with options\n"
	"  --delete-server   -d        delete real server\n"
	"  --list            -L|-l     list the table\n"
	"  --zero            -Z        zero counters in a service or all services\n"
	"  --set tcp tcpfin udp        set connection timeout values, 0 keeps one\n"
	"  --monitor                   print changes as they happen, as commands\n"
	"  --help            -h        display this help message\n"
	"  --version         -v        display the version\n"
	"\n"
	"virtual-service:\n"
	"  --tcp-service|-t  service-address   service-address is host:port\n"
	"  --udp-service|-u  service-address   service-address is host:port\n"
	"  --fwmark-service|-f fwmark          fwmark is an integer greater than zero\n"
	"\n";

static const char options[] =
	"Options:\n"
	"  --ipv6         -6                   fwmark entry uses IPv6\n"
	"  --scheduler    -s scheduler         one of %s,\n"
	"                                      the default scheduler is wlc.\n"
	"  --pe            engine              persistence engine; there is none yet\n"
	"  --persistent   -p [timeout]         persistent service, 360 seconds by default\n"
	"  --netmask      -M netmask           persistent granularity: mask or prefix length\n"
	"  --ops          -o                   one-packet scheduling\n"
	"  --sched-flags  -b flags             scheduler flags (comma-separated)\n"
	"  --no-fastpath                       every packet goes through the stack\n"
	"  --real-server  -r server-address    server-address is host (and port)\n"
	"  --gatewaying   -g                   gatewaying (direct routing) (default)\n"
	"  --ipip         -i                   ipip encapsulation (tunneling)\n"
	"  --masquerading -m                   masquerading (NAT)\n"
	"  --tun-type      type                ipip\n"
	"  --weight       -w weight            capacity of real server\n"
	"  --u-threshold  -x uthreshold        upper threshold of connections\n"
	"  --l-threshold  -y lthreshold        lower threshold of connections\n"
	"  --connection   -c                   output of current connections\n"
	"  --timeout                           output of timeout (tcp tcpfin udp)\n"
	"  --counters                          output of drop reasons and other counters\n"
	"  --daemon                            output of daemon information; there is none yet\n"
	"  --stats                             output of statistics information\n"
	"  --fastpath                          with --stats: packets by way, fast or slow\n"
	"  --rate                              output of rate information\n"
	"  --exact        -X                   expand numbers (display exact values)\n"
	"  --thresholds                        output of thresholds information\n"
	"  --persistent-conn                   output of persistent connection info\n"
	"  --tun-info                          output of tunnel information\n"
	"  --json                              output as JSON\n"
	"  --replace                           restore: remove what is there, in the same step\n"
	"  --nosort                            disable sorting output of service/server entries\n"
	"  --sort                              does nothing, for backwards compatibility\n"
	"  --numeric      -n                   numeric output of addresses and ports\n";

int cmd_version(struct app *app)
{
	fprintf(app->out, "nfvsadm %s (compiled with %s and nf_vs v%d)\n",
		NFVSADM_VERSION, LIBNL_STRING, NFVS_GENL_VERSION);
	return 0;
}

static void print_options(FILE *out)
{
	char list[256] = "";
	size_t i;

	for (i = 0; opts_scheduler(i); i++) {
		strcat(list, i ? "|" : "");
		strcat(list, opts_scheduler(i));
	}
	fprintf(out, options, list);
}

int cmd_help(struct app *app)
{
	size_t i;

	cmd_version(app);
	fputs("Usage:\n", app->out);
	for (i = 0; i < sizeof(usage) / sizeof(usage[0]); i++)
		fprintf(app->out, "  %s %s\n", app->prog, usage[i]);
	fputs(commands, app->out);
	print_options(app->out);
	return 0;
}
