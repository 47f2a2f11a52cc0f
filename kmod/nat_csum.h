/* SPDX-License-Identifier: GPL-2.0-only */
/* Incremental Internet checksums; pure, also compiled in user space by tests/unit. */
#ifndef _NFVS_NAT_CSUM_H
#define _NFVS_NAT_CSUM_H

/*
 * A change is the ones' complement sum of (new - old) over the 16-bit words
 * that are rewritten, as they lie in memory: ones' complement sums do not
 * depend on byte order as long as all parts use the same (RFC 1071 2B). That
 * is also why the casts below may ignore the types' byte order.
 */
static inline u32 nfvs_csum_fold(u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (u32)((sum & 0xffff) + (sum >> 16));
}

/**
 * nfvs_csum_change16() - adds the rewriting of a 16-bit word to a change
 * @change: 0 or what this returned, 16 bits
 * @from: old word
 * @to: new word
 */
static inline u32 nfvs_csum_change16(u32 change, __be16 from, __be16 to)
{
	return nfvs_csum_fold((u64)change + (u16)~(__force u16)from + (__force u16)to);
}

/* Same for a 32-bit word. */
static inline u32 nfvs_csum_change32(u32 change, __be32 from, __be32 to)
{
	return nfvs_csum_fold((u64)change + (u32)~(__force u32)from + (__force u32)to);
}

/* Same for an IPv6 address: four 32-bit words. */
static inline u32 nfvs_csum_change128(u32 change, const __be32 *from, const __be32 *to)
{
	int i;

	for (i = 0; i < 4; i++)
		change = nfvs_csum_change32(change, from[i], to[i]);
	return change;
}

/**
 * nfvs_csum_update() - applies a change to a finished checksum field
 * @check: old field
 * @change: what changed in the words it covers
 *
 * RFC 1624, equation 3. Return: new field; 0 is possible (UDP sends 0xffff then).
 */
static inline __sum16 nfvs_csum_update(__sum16 check, u32 change)
{
	return (__force __sum16)~nfvs_csum_fold((u64)(u16)~(__force u16)check + change);
}

/*
 * Same for the field of a CHECKSUM_PARTIAL packet: it holds the plain sum of
 * the pseudo header; whoever finishes it adds ports and payload.
 */
static inline __sum16 nfvs_csum_update_partial(__sum16 check, u32 change)
{
	return (__force __sum16)nfvs_csum_fold((u64)(__force u16)check + change);
}

/* Same for the sum over a whole packet, as CHECKSUM_COMPLETE has it. */
static inline __wsum nfvs_csum_update_complete(__wsum csum, u32 change)
{
	u64 sum = (u64)(__force u32)csum + change;

	return (__force __wsum)(u32)((sum & 0xffffffff) + (sum >> 32));
}

/**
 * nfvs_csum_fix_l4() - follows the rewriting of one end of a TCP or UDP packet
 * @check: checksum field of the transport header
 * @complete: the packet's CHECKSUM_COMPLETE sum, NULL if it has none
 * @is_partial: the packet is CHECKSUM_PARTIAL
 * @is_v6: network header is IPv6
 * @is_udp: zero in the field means there is no checksum
 * @addr: change of the address, which the pseudo header has
 * @port: change of the port
 *
 * A partial field has the addresses only; whoever finishes it adds the rest.
 *
 * *@complete sums the packet as it lies there, network header included. The
 * IPv4 header always sums to zero, an IPv6 header changes by @addr. With its
 * checksum in step the transport part changes by -@addr: so IPv4 by -@addr,
 * IPv6 not at all. A UDP packet without checksum changes by what was written.
 */
static inline void nfvs_csum_fix_l4(__sum16 *check, __wsum *complete, bool is_partial, bool is_v6,
				    bool is_udp, u32 addr, u32 port)
{
	u32 both = nfvs_csum_fold((u64)addr + port);
	u32 change;

	if (is_partial) {
		*check = nfvs_csum_update_partial(*check, addr);
		return;
	}
	if (is_udp && !*check) {
		change = is_v6 ? both : port;
	} else {
		change = is_v6 ? 0 : (u16)~addr;
		*check = nfvs_csum_update(*check, both);
		if (is_udp && !*check)
			*check = (__force __sum16)0xffff;
	}
	if (complete)
		*complete = nfvs_csum_update_complete(*complete, change);
}

#endif /* _NFVS_NAT_CSUM_H */
