// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: structures to text; pure printers. */
#include "print.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum {
	IPV4_NAME_MAX = 28,	/* width of the column; IPv6 may exceed it */
};

void print_info(FILE *out, const struct nfvs_info *info)
{
	fprintf(out, "IP Virtual Server version %u.%u.%u (size=%u)\n",
		info->version >> 16 & 0xff, info->version >> 8 & 0xff,
		info->version & 0xff, info->conn_tab_size);
}

static void print_header(FILE *out, enum print_mode mode)
{
	switch (mode) {
	case PRINT_STATS:
		fprintf(out, "%-33s %8s %8s %8s %8s %8s\n",
			"Prot LocalAddress:Port", "Conns", "InPkts", "OutPkts",
			"InBytes", "OutBytes");
		break;
	case PRINT_FASTPATH:
		fprintf(out, "%-33s %8s %8s %8s\n",
			"Prot LocalAddress:Port", "Conns", "FastPkts",
			"SlowPkts");
		break;
	case PRINT_RATE:
		fprintf(out, "%-33s %8s %8s %8s %8s %8s\n",
			"Prot LocalAddress:Port", "CPS", "InPPS", "OutPPS",
			"InBPS", "OutBPS");
		break;
	case PRINT_THRESHOLDS:
		fprintf(out, "%-33s %-10s %-10s %-10s %-10s\n",
			"Prot LocalAddress:Port", "Uthreshold", "Lthreshold",
			"ActiveConn", "InActConn");
		break;
	case PRINT_PERSISTENT_CONN:
		fprintf(out, "%-33s %-9s %-11s %-10s %-10s\n",
			"Prot LocalAddress:Port", "Weight", "PersistConn",
			"ActiveConn", "InActConn");
		break;
	case PRINT_DEFAULT:
		fputs("Prot LocalAddress:Port Scheduler Flags\n", out);
		fputs("  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
		      out);
		return;
	}
	fputs("  -> RemoteAddress:Port\n", out);
}

/* Eight digits fit a column; ipvsadm's steps are 1e8, 1e9, 1e11 and 1e14. */
static void print_number(FILE *out, uint64_t number, bool exact)
{
	if (exact || number < UINT64_C(100000000))
		fprintf(out, " %8" PRIu64, number);
	else if (number < UINT64_C(1000000000))
		fprintf(out, "%8" PRIu64 "K", number / 1000);
	else if (number < UINT64_C(100000000000))
		fprintf(out, "%8" PRIu64 "M", number / 1000000);
	else if (number < UINT64_C(100000000000000))
		fprintf(out, "%8" PRIu64 "G", number / 1000000000);
	else
		fprintf(out, "%8" PRIu64 "T", number / UINT64_C(1000000000000));
}

static bool has_stats(enum print_mode mode)
{
	return mode == PRINT_STATS || mode == PRINT_FASTPATH ||
	       mode == PRINT_RATE;
}

static void print_numbers(FILE *out, const uint64_t *numbers, int n,
			  const struct print_view *view)
{
	int i;

	for (i = 0; i < n; i++)
		print_number(out, numbers[i], view->exact);
	fputc('\n', out);
}

static void print_stats(FILE *out, const struct nfvs_stats *stats,
			const struct print_view *view)
{
	const uint64_t totals[] = {
		stats->conns, stats->in_pkts, stats->out_pkts,
		stats->in_bytes, stats->out_bytes,
	};
	const uint64_t rates[] = {
		stats->cps, stats->in_pps, stats->out_pps,
		stats->in_bps, stats->out_bps,
	};
	const uint64_t ways[] = {
		stats->conns, stats->fast_pkts,
		stats->in_pkts + stats->out_pkts - stats->fast_pkts,
	};

	if (view->mode == PRINT_RATE)
		print_numbers(out, rates, 5, view);
	else if (view->mode == PRINT_FASTPATH)
		print_numbers(out, ways, 3, view);
	else
		print_numbers(out, totals, 5, view);
}

/* In lists, not in saved commands, IPv4 names are cut to their column. */
static void cut_name(uint8_t af, char *name)
{
	if (af != AF_INET6 && strlen(name) > IPV4_NAME_MAX)
		name[IPV4_NAME_MAX] = '\0';
}

static void print_service(FILE *out, const struct nfvs_service *svc,
			  const struct print_view *view)
{
	char name[NAMES_MAX], title[NAMES_MAX + 8];

	if (svc->fwmark) {
		/* ipvsadm shows marks from 2^31 on as negative numbers. */
		snprintf(title, sizeof(title), "FWM  %" PRIu32 "%s",
			 svc->fwmark, svc->af == AF_INET6 ? " IPv6" : "");
	} else {
		names_endpoint(view->names, svc->af, &svc->addr, svc->port,
			       svc->proto, name, sizeof(name));
		cut_name(svc->af, name);
		snprintf(title, sizeof(title), "%-4s %s",
			 names_proto(svc->proto), name);
	}
	if (has_stats(view->mode)) {
		fprintf(out, "%-33s", title);
		print_stats(out, &svc->stats, view);
	} else {
		fprintf(out, "%s %s%s\n", title, svc->sched,
			svc->no_fastpath ? " no-fastpath" : "");
	}
}

static const char *method_name(uint8_t method)
{
	switch (method) {
	case NFVS_METHOD_NAT:
		return "Masq";
	case NFVS_METHOD_LOCAL:
		return "Local";
	case NFVS_METHOD_TUN:
		return "Tunnel";
	case NFVS_METHOD_DR:
		return "Route";
	default:
		return "?";
	}
}

static void print_dest(FILE *out, const struct nfvs_service *svc,
		       const struct nfvs_dest *dest,
		       const struct print_view *view)
{
	char name[NAMES_MAX];

	names_endpoint(view->names, dest->af, &dest->addr, dest->port,
		       svc->proto, name, sizeof(name));
	cut_name(dest->af, name);
	fprintf(out, "  -> %-28s", name);
	switch (view->mode) {
	case PRINT_STATS:
	case PRINT_FASTPATH:
	case PRINT_RATE:
		print_stats(out, &dest->stats, view);
		break;
	case PRINT_THRESHOLDS:
		fprintf(out, " %-10u %-10u %-10u %-10u\n", dest->upper,
			dest->lower, dest->active, dest->inactive);
		break;
	case PRINT_PERSISTENT_CONN:
		fprintf(out, " %-9u %-11u %-10u %-10u\n", dest->weight,
			dest->persistent, dest->active, dest->inactive);
		break;
	case PRINT_DEFAULT:
		fprintf(out, " %-7s %-6u %-10u %-10u\n",
			method_name(dest->method), dest->weight, dest->active,
			dest->inactive);
		break;
	}
}

void print_table(FILE *out, const struct table *table,
		 const struct print_view *view)
{
	size_t i, j;

	print_header(out, view->mode);
	for (i = 0; i < table->n_services; i++) {
		const struct table_service *entry = &table->services[i];

		print_service(out, &entry->svc, view);
		for (j = 0; j < entry->n_dests; j++)
			print_dest(out, &entry->svc, &entry->dests[j], view);
	}
}

/* A name in brackets could not be read back: IPv6 is saved as numbers. */
static void save_name(const struct names *names, uint8_t af,
		      const union nfvs_ip *ip, uint16_t port, uint8_t proto,
		      char *buf, size_t size)
{
	if (af == AF_INET6)
		names = &names_numeric;
	names_endpoint(names, af, ip, port, proto, buf, size);
}

/* The options that name a service: "-t addr:port" or "-f mark [-6]". */
static void save_key(FILE *out, const struct nfvs_service *svc,
		     const struct names *names)
{
	char name[NAMES_MAX];

	if (svc->fwmark) {
		fprintf(out, "-f %" PRIu32 "%s", svc->fwmark,
			svc->af == AF_INET6 ? " -6" : "");
		return;
	}
	save_name(names, svc->af, &svc->addr, svc->port, svc->proto, name,
		  sizeof(name));
	fprintf(out, "%s %s",
		svc->proto == IPPROTO_TCP ? "-t" :
		svc->proto == IPPROTO_UDP ? "-u" : "--sctp-service", name);
}

static void save_dest(FILE *out, const struct nfvs_service *svc,
		      const struct nfvs_dest *dest, const struct names *names)
{
	const char *method = "-g";
	char name[NAMES_MAX];

	if (dest->method == NFVS_METHOD_NAT)
		method = "-m";
	else if (dest->method == NFVS_METHOD_TUN)
		method = "-i";
	fputs("-a ", out);
	save_key(out, svc, names);
	save_name(names, dest->af, &dest->addr, dest->port, svc->proto, name,
		  sizeof(name));
	fprintf(out, " -r %s %s -w %u", name, method, dest->weight);
	/* ipvsadm forgets the thresholds. */
	if (dest->upper)
		fprintf(out, " -x %u", dest->upper);
	if (dest->lower)
		fprintf(out, " -y %u", dest->lower);
	if (dest->method == NFVS_METHOD_TUN)
		fputs(" --tun-type ipip", out);
	fputc('\n', out);
}

void print_save(FILE *out, const struct table *table,
		const struct names *names)
{
	size_t i, j;

	for (i = 0; i < table->n_services; i++) {
		const struct table_service *entry = &table->services[i];

		fputs("-A ", out);
		save_key(out, &entry->svc, names);
		fprintf(out, " -s %s%s\n", entry->svc.sched,
			entry->svc.no_fastpath ? " --no-fastpath" : "");
		for (j = 0; j < entry->n_dests; j++)
			save_dest(out, &entry->svc, &entry->dests[j], names);
	}
}

void print_conn_header(FILE *out, bool pe)
{
	fputs("IPVS connection entries\n", out);
	if (pe)
		fprintf(out, "pro expire %-11s %-18s %-18s %-18s %-16s %s\n",
			"state", "source", "virtual", "destination", "pe name",
			"pe_data");
	else
		fprintf(out, "pro expire %-11s %-18s %-18s %s\n", "state",
			"source", "virtual", "destination");
}

void print_conn(FILE *out, const struct nfvs_conn *conn,
		const struct names *names)
{
	char source[NAMES_MAX], virtual[NAMES_MAX], dest[NAMES_MAX];
	char expires[16];

	names_endpoint(names, conn->af, &conn->client, conn->client_port,
		       conn->proto, source, sizeof(source));
	names_endpoint(names, conn->af, &conn->virtual, conn->virtual_port,
		       conn->proto, virtual, sizeof(virtual));
	names_endpoint(names, conn->dest_af, &conn->dest, conn->dest_port,
		       conn->proto, dest, sizeof(dest));
	snprintf(expires, sizeof(expires), "%02u:%02u", conn->expires / 60,
		 conn->expires % 60);
	fprintf(out, "%-3s %-6s %-11s %-18s %-18s %s\n",
		names_proto(conn->proto), expires, conn->state, source,
		virtual, dest);
}

void print_config(FILE *out, const struct nfvs_config *config)
{
	fprintf(out, "Timeout (tcp tcpfin udp): %u %u %u\n", config->tcp,
		config->tcp_fin, config->udp);
}

void print_counter(FILE *out, const struct nfvs_counter *counter)
{
	fprintf(out, "%s %" PRIu64 "\n", counter->name, counter->value);
}

void print_count(FILE *out, const struct nfvs_counter *counter,
		 const struct print_view *view)
{
	fprintf(out, "%-33s", counter->name);
	print_numbers(out, &counter->value, 1, view);
}
