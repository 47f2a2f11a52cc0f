// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: members of services and destinations, for lists, commands and JSON. */
#include "print_object.h"

#include <inttypes.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "opts.h"
#include "schedflags.h"

enum {
	IPV4_NAME_MAX = 28,	/* width of the column; IPv6 may exceed it */
};

/* In lists, not in commands, IPv4 names are cut to their column. */
static void cut_name(uint8_t af, char *name)
{
	if (af != AF_INET6 && strlen(name) > IPV4_NAME_MAX)
		name[IPV4_NAME_MAX] = '\0';
}

/* An IPv6 name in brackets could not be read back: commands have numbers. */
static void endpoint_name(const struct print_view *view, uint8_t af,
			  const union nfvs_ip *ip, uint16_t port,
			  uint16_t proto, char *buf, size_t size)
{
	bool command = print_in(view, PRINT_BIT(PRINT_COMMAND));
	const struct names *names = view->names;

	if (command && af == AF_INET6)
		names = &names_numeric;
	names_endpoint(names, af, ip, port, proto, buf, size);
	if (!command)
		cut_name(af, buf);
}

static const char *service_option(uint16_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "-t";
	case IPPROTO_UDP:
		return "-u";
	default:
		return "--sctp-service";
	}
}

/* ipvsadm shows marks from 2^31 on as negative numbers. */
static void fwmark(struct emit *e, const struct nfvs_service *svc,
		   const struct print_view *view)
{
	const char *six = "";
	char title[32];

	if (print_in(view, PRINT_BIT(PRINT_COMMAND))) {
		if (svc->af == AF_INET6)
			six = " -6";
		emit_uint(e, "fwmark", svc->fwmark, "-f %" PRIu32 "%s",
			  svc->fwmark, six);
		return;
	}
	if (svc->af == AF_INET6)
		six = " IPv6";
	snprintf(title, sizeof(title), "FWM  %" PRIu32 "%s", svc->fwmark, six);
	emit_uint(e, "fwmark", svc->fwmark,
		  print_in(view, PRINT_STATS_MODES) ? "%-33s" : "%s", title);
}

static void address(struct emit *e, uint8_t af, const union nfvs_ip *ip,
		    uint16_t port)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (!e->json)
		return;
	inet_ntop(af, ip->bytes, text, sizeof(text));
	emit_str(e, "addr", text, NULL);
	emit_uint(e, "port", port, NULL);
}

void print_service_key(struct emit *e, const struct nfvs_service *svc,
		       const struct print_view *view)
{
	char name[NAMES_MAX], title[NAMES_MAX + 8];

	emit_uint(e, "af", svc->af, NULL);
	if (svc->fwmark) {
		fwmark(e, svc, view);
		return;
	}
	emit_uint(e, "proto", svc->proto, NULL);
	address(e, svc->af, &svc->addr, svc->port);
	/* Names cost look-ups. */
	if (e->json)
		return;
	endpoint_name(view, svc->af, &svc->addr, svc->port, svc->proto, name,
		      sizeof(name));
	if (print_in(view, PRINT_BIT(PRINT_COMMAND))) {
		emit_text(e, "%s %s", service_option(svc->proto), name);
		return;
	}
	snprintf(title, sizeof(title), "%-4s %s", names_proto(svc->proto),
		 name);
	emit_text(e, print_in(view, PRINT_STATS_MODES) ? "%-33s" : "%s",
		  title);
}

/* Without persistence its details are stored, but not shown, as ever. */
static void persistence(struct emit *e, const struct nfvs_service *svc,
			bool shown, bool command)
{
	bool masked = shown;
	char mask[INET_ADDRSTRLEN];

	emit_uint(e, "timeout", svc->timeout,
		  !shown ? NULL : command ? " -p %u" : " persistent %u",
		  svc->timeout);
	if (svc->af == AF_INET6) {
		masked &= svc->plen != NFVS_PLEN_MAX;
		emit_uint(e, "plen", svc->plen,
			  !masked ? NULL : command ? " -M %u" : " mask %u",
			  svc->plen);
		return;
	}
	inet_ntop(AF_INET, &svc->netmask, mask, sizeof(mask));
	masked &= svc->netmask.s_addr != INADDR_BROADCAST;
	emit_str(e, "netmask", mask,
		 !masked ? NULL : command ? " -M %s" : " mask %s", mask);
}

void print_service_conf(struct emit *e, const struct nfvs_service *svc,
			const struct print_view *view)
{
	bool command = print_in(view, PRINT_BIT(PRINT_COMMAND));
	bool shown = !print_in(view, PRINT_STATS_MODES);
	char flags[SCHEDFLAGS_TEXT_MAX];

	schedflags_text(svc->sched, svc->flags, flags);
	emit_str(e, "sched", svc->sched,
		 !shown ? NULL : command ? " -s %s" : " %s", svc->sched);
	emit_uint(e, "flags", svc->flags,
		  shown && !command && flags[0] ? " (%s)" : NULL, flags);
	persistence(e, svc, shown && svc->flags & NFVS_SVC_PERSISTENT, command);
	if (svc->pe[0])
		emit_str(e, "pe", svc->pe,
			 !shown ? NULL : command ? " --pe %s" : " pe %s",
			 svc->pe);
	if (shown && svc->flags & NFVS_SVC_ONEPACKET)
		emit_text(e, command ? " -o" : " ops");
	if (command && flags[0])
		emit_text(e, " -b %s", flags);
	emit_bool(e, "no_fastpath", svc->no_fastpath,
		  !shown || !svc->no_fastpath ? NULL :
		  command ? " --no-fastpath" : " no-fastpath");
}

void print_dest_key(struct emit *e, const struct nfvs_service *svc,
		    const struct nfvs_dest *dest,
		    const struct print_view *view)
{
	char name[NAMES_MAX];

	emit_uint(e, "af", dest->af, NULL);
	address(e, dest->af, &dest->addr, dest->port);
	if (e->json)
		return;
	endpoint_name(view, dest->af, &dest->addr, dest->port, svc->proto,
		      name, sizeof(name));
	emit_text(e, print_in(view, PRINT_BIT(PRINT_COMMAND)) ? " -r %s" :
		  "  -> %-28s", name);
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

static const char *method_option(uint8_t method)
{
	switch (method) {
	case NFVS_METHOD_NAT:
		return "-m";
	case NFVS_METHOD_TUN:
		return "-i";
	default:
		return "-g";
	}
}

static const char *tun_name(const struct nfvs_dest *dest)
{
	const char *name = opts_tun_type(dest->tun_type);

	return name ? name : "?";
}

void print_dest_conf(struct emit *e, const struct nfvs_dest *dest,
		     const struct print_view *view)
{
	const unsigned int lists = PRINT_BIT(PRINT_DEFAULT) |
				   PRINT_BIT(PRINT_TUN_INFO);
	bool command = print_in(view, PRINT_BIT(PRINT_COMMAND));
	bool tunnel = dest->method == NFVS_METHOD_TUN;
	bool limits = print_in(view, PRINT_BIT(PRINT_THRESHOLDS));

	if (command)
		emit_text(e, " %s", method_option(dest->method));
	emit_uint(e, "method", dest->method,
		  print_in(view, lists) ? " %-7s" : NULL,
		  method_name(dest->method));
	emit_uint(e, "tun_type", dest->tun_type,
		  print_in(view, PRINT_BIT(PRINT_TUN_INFO)) ? " %-13s" : NULL,
		  tunnel ? tun_name(dest) : "n/a");
	emit_uint(e, "weight", dest->weight,
		  command ? " -w %u" : print_in(view, lists) ? " %-6u" :
		  print_in(view, PRINT_BIT(PRINT_PERSISTENT_CONN)) ? " %-9u" :
		  NULL, dest->weight);
	/* ipvsadm forgets the thresholds where it saves. */
	emit_uint(e, "upper_threshold", dest->upper,
		  limits ? " %-10u" : command && dest->upper ? " -x %u" : NULL,
		  dest->upper);
	emit_uint(e, "lower_threshold", dest->lower,
		  limits ? " %-10u" : command && dest->lower ? " -y %u" : NULL,
		  dest->lower);
	if (command && tunnel)
		emit_text(e, " --tun-type %s", tun_name(dest));
}
