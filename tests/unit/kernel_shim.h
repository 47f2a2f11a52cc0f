/* SPDX-License-Identifier: GPL-2.0-only */
/* The few words of the kernel that its pure pieces use, for user space. */
#ifndef KERNEL_SHIM_H
#define KERNEL_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX

#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif

/* A test may define this before: what another CPU does just after a read. */
#ifndef shim_after_read
#define shim_after_read() do { } while (0)
#endif

/* C11 relaxed: untorn, and no promise of order, as in the kernel. */
#define READ_ONCE(x)						\
({								\
	__typeof__(x) shim_x = __atomic_load_n(&(x), __ATOMIC_RELAXED); \
								\
	shim_after_read();					\
	shim_x;							\
})
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#define max(a, b)				\
({						\
	__typeof__(a) shim_a = (a);		\
	__typeof__(b) shim_b = (b);		\
						\
	shim_a > shim_b ? shim_a : shim_b;	\
})

#define prefetch(p) __builtin_prefetch(p)

#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))

static inline u32 roundup_pow_of_two(u32 n)
{
	u32 p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static inline u32 rounddown_pow_of_two(u32 n)
{
	u32 p = 1;

	while (p <= n / 2)
		p *= 2;
	return p;
}

static inline unsigned long gcd(unsigned long a, unsigned long b)
{
	unsigned long t;

	while (b) {
		t = a % b;
		a = b;
		b = t;
	}
	return a;
}

#endif /* KERNEL_SHIM_H */
