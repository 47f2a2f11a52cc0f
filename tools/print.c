// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: lists as text and JSON; pure printers. */
#include "print.h"

#include <inttypes.h>
#include <string.h>

#include <arpa/inet.h>

#include "print_object.h"

enum {
	NUMBER_TEXT_MAX = 24,
};

void print_info(struct emit *e, const struct nfvs_info *info)
{
	emit_open(e, "info", '{');
	emit_uint(e, "version", info->version,
		  "IP Virtual Server version %u.%u.%u",
		  info->version >> 16 & 0xff, info->version >> 8 & 0xff,
		  info->version & 0xff);
	emit_uint(e, "conn_tab_size", info->conn_tab_size, " (size=%u)\n",
		  info->conn_tab_size);
	emit_uint(e, "services", info->services, NULL);
	emit_uint(e, "conns", info->conns, NULL);
	emit_close(e, '}');
}

static void print_header(struct emit *e, enum print_mode mode)
{
	static const char prot[] = "Prot LocalAddress:Port";

	switch (mode) {
	case PRINT_STATS:
		emit_text(e, "%-33s %8s %8s %8s %8s %8s\n", prot, "Conns",
			  "InPkts", "OutPkts", "InBytes", "OutBytes");
		break;
	case PRINT_FASTPATH:
		emit_text(e, "%-33s %8s %8s %8s\n", prot, "Conns", "FastPkts",
			  "SlowPkts");
		break;
	case PRINT_RATE:
		emit_text(e, "%-33s %8s %8s %8s %8s %8s\n", prot, "CPS",
			  "InPPS", "OutPPS", "InBPS", "OutBPS");
		break;
	case PRINT_THRESHOLDS:
		emit_text(e, "%-33s %-10s %-10s %-10s %-10s\n", prot,
			  "Uthreshold", "Lthreshold", "ActiveConn",
			  "InActConn");
		break;
	case PRINT_PERSISTENT_CONN:
		emit_text(e, "%-33s %-9s %-11s %-10s %-10s\n", prot, "Weight",
			  "PersistConn", "ActiveConn", "InActConn");
		break;
	case PRINT_TUN_INFO:
		emit_text(e, "%s Scheduler Flags\n  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn\n",
			  prot);
		return;
	case PRINT_DEFAULT:
	case PRINT_COMMAND:
		emit_text(e, "%s Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
			  prot);
		return;
	}
	emit_text(e, "  -> RemoteAddress:Port\n");
}

/* Eight digits fit a column; ipvsadm's steps are 1e8, 1e9, 1e11 and 1e14. */
static void number_text(uint64_t number, bool exact, char *text)
{
	uint64_t unit = 1;
	char letter = 'T';

	if (exact || number < UINT64_C(100000000)) {
		snprintf(text, NUMBER_TEXT_MAX, " %8" PRIu64, number);
		return;
	}
	if (number < UINT64_C(1000000000)) {
		unit = 1000;
		letter = 'K';
	} else if (number < UINT64_C(100000000000)) {
		unit = 1000000;
		letter = 'M';
	} else if (number < UINT64_C(100000000000000)) {
		unit = 1000000000;
		letter = 'G';
	} else {
		unit = UINT64_C(1000000000000);
	}
	snprintf(text, NUMBER_TEXT_MAX, "%8" PRIu64 "%c", number / unit,
		 letter);
}

/* A column in some modes, a member of JSON always. */
static void number(struct emit *e, const char *key, uint64_t value,
		   const struct print_view *view, unsigned int modes)
{
	char text[NUMBER_TEXT_MAX] = "";

	if (!e->json)
		number_text(value, view->exact, text);
	emit_uint(e, key, value, print_in(view, modes) ? "%s" : NULL, text);
}

static void print_stats(struct emit *e, const struct nfvs_stats *stats,
			const struct print_view *view)
{
	const unsigned int totals = PRINT_BIT(PRINT_STATS);
	const unsigned int rates = PRINT_BIT(PRINT_RATE);
	const unsigned int ways = PRINT_BIT(PRINT_FASTPATH);

	if (!e->json && !print_in(view, PRINT_STATS_MODES))
		return;
	emit_open(e, "stats", '{');
	number(e, "conns", stats->conns, view, totals | ways);
	number(e, "in_pkts", stats->in_pkts, view, totals);
	number(e, "out_pkts", stats->out_pkts, view, totals);
	number(e, "in_bytes", stats->in_bytes, view, totals);
	number(e, "out_bytes", stats->out_bytes, view, totals);
	number(e, "cps", stats->cps, view, rates);
	number(e, "in_pps", stats->in_pps, view, rates);
	number(e, "out_pps", stats->out_pps, view, rates);
	number(e, "in_bps", stats->in_bps, view, rates);
	number(e, "out_bps", stats->out_bps, view, rates);
	number(e, "fast_pkts", stats->fast_pkts, view, ways);
	number(e, NULL, stats->in_pkts + stats->out_pkts - stats->fast_pkts,
	       view, ways);
	emit_close(e, '}');
}

static void print_dest(struct emit *e, const struct nfvs_service *svc,
		       const struct nfvs_dest *dest,
		       const struct print_view *view)
{
	bool conns = !print_in(view, PRINT_STATS_MODES);

	emit_open(e, NULL, '{');
	print_dest_key(e, svc, dest, view);
	print_dest_conf(e, dest, view);
	emit_uint(e, "persist_conns", dest->persistent,
		  print_in(view, PRINT_BIT(PRINT_PERSISTENT_CONN)) ?
		  " %-11u" : NULL, dest->persistent);
	emit_uint(e, "active_conns", dest->active, conns ? " %-10u" : NULL,
		  dest->active);
	emit_uint(e, "inactive_conns", dest->inactive, conns ? " %-10u" : NULL,
		  dest->inactive);
	print_stats(e, &dest->stats, view);
	emit_text(e, "\n");
	emit_close(e, '}');
}

static void print_service(struct emit *e, const struct table_service *entry,
			  const struct print_view *view)
{
	const struct nfvs_service *svc = &entry->svc;
	size_t i;

	emit_open(e, NULL, '{');
	print_service_key(e, svc, view);
	print_service_conf(e, svc, view);
	emit_uint(e, "dest_count", entry->n_dests, NULL);
	print_stats(e, &svc->stats, view);
	emit_text(e, "\n");
	emit_open(e, "dest", '[');
	for (i = 0; i < entry->n_dests; i++)
		print_dest(e, svc, &entry->dests[i], view);
	emit_close(e, ']');
	emit_close(e, '}');
}

void print_table(struct emit *e, const struct table *table,
		 const struct print_view *view)
{
	size_t i;

	print_header(e, view->mode);
	emit_open(e, "service", '[');
	for (i = 0; i < table->n_services; i++)
		print_service(e, &table->services[i], view);
	emit_close(e, ']');
}

void print_conn_begin(struct emit *e, bool pe)
{
	emit_open(e, "conn", '[');
	emit_text(e, "IPVS connection entries\n");
	if (pe)
		emit_text(e, "pro expire %-11s %-18s %-18s %-18s %-16s %s\n",
			  "state", "source", "virtual", "destination",
			  "pe name", "pe_data");
	else
		emit_text(e, "pro expire %-11s %-18s %-18s %s\n", "state",
			  "source", "virtual", "destination");
}

/* An end of a connection: a column, or address and port. */
static void conn_end(struct emit *e, const char *addr_key,
		     const char *port_key, uint8_t af, const union nfvs_ip *ip,
		     uint16_t port, char *addr)
{
	if (e->json)
		inet_ntop(af, ip->bytes, addr, NAMES_MAX);
	emit_str(e, addr_key, addr, " %-18s", addr);
	emit_uint(e, port_key, port, NULL);
}

void print_conn(struct emit *e, const struct nfvs_conn *conn,
		const struct names *names)
{
	char client[NAMES_MAX], virtual[NAMES_MAX], dest[NAMES_MAX];
	char expires[16];

	if (!e->json) {
		names_endpoint(names, conn->af, &conn->client,
			       conn->client_port, conn->proto, client,
			       sizeof(client));
		names_endpoint(names, conn->af, &conn->virtual,
			       conn->virtual_port, conn->proto, virtual,
			       sizeof(virtual));
		names_endpoint(names, conn->dest_af, &conn->dest,
			       conn->dest_port, conn->proto, dest,
			       sizeof(dest));
	}
	snprintf(expires, sizeof(expires), "%02u:%02u", conn->expires / 60,
		 conn->expires % 60);
	emit_open(e, NULL, '{');
	emit_uint(e, "af", conn->af, NULL);
	emit_uint(e, "proto", conn->proto, "%-3s", names_proto(conn->proto));
	emit_uint(e, "expires", conn->expires, " %-6s", expires);
	emit_str(e, "state", conn->state, " %-11s", conn->state);
	conn_end(e, "client_addr", "client_port", conn->af, &conn->client,
		 conn->client_port, client);
	conn_end(e, "virtual_addr", "virtual_port", conn->af, &conn->virtual,
		 conn->virtual_port, virtual);
	emit_uint(e, "dest_af", conn->dest_af, NULL);
	if (e->json)
		inet_ntop(conn->dest_af, conn->dest.bytes, dest, sizeof(dest));
	emit_str(e, "dest_addr", dest, " %s\n", dest);
	emit_uint(e, "dest_port", conn->dest_port, NULL);
	emit_uint(e, "method", conn->method, NULL);
	emit_close(e, '}');
}

void print_conn_end(struct emit *e)
{
	emit_close(e, ']');
}

void print_config_members(struct emit *e, const struct nfvs_config *config)
{
	emit_uint(e, "timeout_tcp", config->tcp, " %u", config->tcp);
	emit_uint(e, "timeout_tcp_fin", config->tcp_fin, " %u",
		  config->tcp_fin);
	emit_uint(e, "timeout_udp", config->udp, " %u\n", config->udp);
}

void print_config(struct emit *e, const struct nfvs_config *config)
{
	emit_open(e, "config", '{');
	emit_text(e, "Timeout (tcp tcpfin udp):");
	print_config_members(e, config);
	emit_close(e, '}');
}

void print_daemons(struct emit *e)
{
	emit_open(e, "daemon", '[');
	emit_close(e, ']');
}

void print_counter(struct emit *e, const struct nfvs_counter *counter)
{
	emit_open(e, NULL, '{');
	emit_str(e, "name", counter->name, "%s ", counter->name);
	emit_uint(e, "value", counter->value, "%" PRIu64 "\n",
		  counter->value);
	emit_close(e, '}');
}

void print_count(struct emit *e, const struct nfvs_counter *counter,
		 const struct print_view *view)
{
	char text[NUMBER_TEXT_MAX];

	number_text(counter->value, view->exact, text);
	emit_open(e, NULL, '{');
	emit_str(e, "name", counter->name, "%-33s", counter->name);
	emit_uint(e, "value", counter->value, "%s\n", text);
	emit_close(e, '}');
}
