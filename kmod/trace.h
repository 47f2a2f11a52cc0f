/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints: nf_vs:nfvs_drop. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nf_vs

#if !defined(_NFVS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _NFVS_TRACE_H

#include <linux/skbuff.h>
#include <linux/tracepoint.h>

/* A packet was dropped; reason is a name of NFVS_COUNTERS. */
TRACE_EVENT(nfvs_drop,
	TP_PROTO(const struct sk_buff *skb, const char *reason),
	TP_ARGS(skb, reason),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(unsigned int, len)
		__field(u16, protocol)
		__string(reason, reason)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->len = skb->len;
		__entry->protocol = be16_to_cpu(skb->protocol);
		nfvs_assign_str(reason, reason);
	),
	TP_printk("skbaddr=%p len=%u protocol=0x%04x reason=%s",
		  __entry->skbaddr, __entry->len, __entry->protocol,
		  __get_str(reason))
);

#endif /* _NFVS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
