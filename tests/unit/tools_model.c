// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm and libnfvs: objects to test with. */
#include "tools_unit.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

union nfvs_ip model_ip(uint8_t af, const char *text)
{
	union nfvs_ip ip = { .bytes = { 0 } };

	ck_assert_msg(inet_pton(af, text, ip.bytes) == 1, "address %s", text);
	return ip;
}

static uint8_t family_of(const char *addr)
{
	return strchr(addr, ':') ? AF_INET6 : AF_INET;
}

struct nfvs_service model_service(uint16_t proto, const char *addr,
				  uint16_t port, const char *sched)
{
	struct nfvs_service svc = {
		.af = family_of(addr),
		.proto = proto,
		.port = port,
		.netmask = { INADDR_BROADCAST },
		.plen = NFVS_PLEN_MAX,
	};

	svc.addr = model_ip(svc.af, addr);
	strcpy(svc.sched, sched);
	return svc;
}

struct nfvs_service model_fwmark(uint8_t af, uint32_t mark, const char *sched)
{
	struct nfvs_service svc = {
		.af = af,
		.fwmark = mark,
		.netmask = { INADDR_BROADCAST },
		.plen = NFVS_PLEN_MAX,
	};

	strcpy(svc.sched, sched);
	return svc;
}

struct nfvs_dest model_dest(const char *addr, uint16_t port, uint8_t method,
			    uint32_t weight)
{
	struct nfvs_dest dest = {
		.af = family_of(addr),
		.port = port,
		.method = method,
		.weight = weight,
	};

	dest.addr = model_ip(dest.af, addr);
	return dest;
}

static void add_service(struct table *table, struct nfvs_service svc)
{
	ck_assert_int_eq(table_add_service(table, &svc), 0);
}

/* To the service added last. */
static void add_dest(struct table *table, struct nfvs_dest dest)
{
	struct table_service *last = &table->services[table->n_services - 1];

	ck_assert_int_eq(table_add_dest(last, &dest), 0);
}

void model_ipvsadm_table(struct table *table)
{
	struct nfvs_service svcs[] = {
		model_service(IPPROTO_TCP, "10.0.0.1", 80, "rr"),
		model_service(IPPROTO_TCP, "10.0.0.1", 81, "wlc"),
		model_fwmark(AF_INET, 7, "wlc"),
	};
	struct nfvs_dest dests[] = {
		model_dest("200.0.0.3", 8080, NFVS_METHOD_NAT, 5),
		model_dest("10.0.0.4", 8080, NFVS_METHOD_DR, 2147483647),
	};
	size_t i, j;

	*table = (struct table){ 0 };
	for (i = 0; i < ARRAY_SIZE(svcs); i++) {
		svcs[i].stats = (struct nfvs_stats){
			.conns = i ? 99999999 : 123456789,
			.in_pkts = 4000000000,
			.fast_pkts = i ? 4000000000 : 98765432,
			.in_bytes = i ? 99999 : 123456789012345,
			.out_bytes = 100000000,
			.cps = 5,
		};
		add_service(table, svcs[i]);
		for (j = 0; j < ARRAY_SIZE(dests); j++) {
			dests[j].upper = 10;
			dests[j].lower = 5;
			dests[j].active = 3;
			dests[j].inactive = 4;
			dests[j].stats.in_bytes = 12345678901234567;
			add_dest(table, dests[j]);
		}
	}
}

void model_mixed_table(struct table *table)
{
	struct nfvs_service svc;
	struct nfvs_dest dest;

	*table = (struct table){ 0 };
	add_service(table, model_service(IPPROTO_TCP, "2001:db8::1", 443, "wlc"));
	add_dest(table, model_dest("2001:db8:1::10", 443, NFVS_METHOD_DR, 0));
	dest = model_dest("2001:db8:1111:2222:3333:4444:5555:6666", 443,
			  NFVS_METHOD_NAT, 10);
	dest.stats.conns = UINT64_MAX;
	add_dest(table, dest);
	dest = model_dest("10.0.0.9", 443, NFVS_METHOD_TUN, 3);
	dest.upper = 2147483647;
	dest.lower = 1;
	add_dest(table, dest);
	svc = model_service(IPPROTO_UDP, "10.0.0.1", 53, "lc");
	svc.no_fastpath = true;
	add_service(table, svc);
	dest = model_dest("10.0.0.2", 53, NFVS_METHOD_NAT, 1);
	dest.stats = (struct nfvs_stats){
		.conns = 1, .in_pkts = 7, .out_pkts = 5, .fast_pkts = 10,
	};
	add_dest(table, dest);
	add_service(table, model_fwmark(AF_INET6, 2, "rr"));
	add_dest(table, model_dest("::1", 0, NFVS_METHOD_DR, 1));
	add_service(table, model_fwmark(AF_INET, 4294967295, "wrr"));
}

void model_settings_table(struct table *table)
{
	struct nfvs_service svc;

	*table = (struct table){ 0 };
	svc = model_service(IPPROTO_TCP, "10.0.0.1", 0, "rr");
	svc.flags = NFVS_SVC_PERSISTENT;
	svc.timeout = 360;
	add_service(table, svc);
	add_dest(table, model_dest("10.0.0.2", 0, NFVS_METHOD_TUN, 1));
	svc = model_service(IPPROTO_UDP, "10.0.0.1", 53, "sh");
	svc.flags = NFVS_SVC_PERSISTENT | NFVS_SVC_ONEPACKET |
		    NFVS_SVC_SCHED1 | NFVS_SVC_SCHED2 | NFVS_SVC_SCHED3;
	svc.timeout = 2678400;
	inet_aton("255.255.240.0", &svc.netmask);
	svc.no_fastpath = true;
	add_service(table, svc);
	svc = model_service(IPPROTO_TCP, "2001:db8::1", 443, "mh");
	svc.flags = NFVS_SVC_PERSISTENT | NFVS_SVC_SCHED2;
	svc.timeout = 1;
	svc.plen = 64;
	add_service(table, svc);
	add_dest(table, model_dest("2001:db8::2", 443, NFVS_METHOD_DR, 1));
	svc = model_fwmark(AF_INET6, 3, "none");
	svc.flags = NFVS_SVC_ONEPACKET | NFVS_SVC_SCHED2;
	add_service(table, svc);
}

static bool host(const char *name, struct in_addr *addr)
{
	if (strcmp(name, "db1"))
		return false;
	inet_pton(AF_INET, "10.0.0.7", addr);
	return true;
}

static int port(const char *name, uint16_t proto)
{
	if (!strcmp(name, "http") && proto == IPPROTO_TCP)
		return 80;
	if (!strcmp(name, "domain") && proto == IPPROTO_UDP)
		return 53;
	return -1;
}

static bool name_of_host(uint8_t af, const union nfvs_ip *ip, char *buf,
			 size_t size)
{
	struct in_addr db1;

	host("db1", &db1);
	if (af == AF_INET && ip->v4.s_addr == db1.s_addr)
		snprintf(buf, size, "db1");
	else if (af == AF_INET && ip->bytes[0] == 200)
		snprintf(buf, size,
			 "a-host-with-a-very-long-name.example.com");
	else if (af == AF_INET6 && ip->bytes[15] == 1)
		snprintf(buf, size, "six");
	else
		return false;
	return true;
}

static bool name_of_port(uint16_t number, uint16_t proto, char *buf, size_t size)
{
	if (number != 80 || proto != IPPROTO_TCP)
		return false;
	snprintf(buf, size, "http");
	return true;
}

const struct resolver model_resolver = { .host = host, .port = port };

const struct names model_names = {
	.host = name_of_host,
	.port = name_of_port,
};

void golden_check(const char *name, const char *text)
{
	char path[256], wanted[16384];
	bool update = getenv("GOLDEN_UPDATE");
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "tests/unit/golden/%s", name);
	file = fopen(path, update ? "w" : "r");
	ck_assert_msg(file, "%s: run from the top directory", path);
	if (update) {
		fputs(text, file);
		fclose(file);
		return;
	}
	len = fread(wanted, 1, sizeof(wanted) - 1, file);
	wanted[len] = '\0';
	fclose(file);
	ck_assert_msg(!strcmp(text, wanted), "%s: wanted:\n%s\ngot:\n%s", name,
		      wanted, text);
}
