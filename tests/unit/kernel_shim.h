/* SPDX-License-Identifier: GPL-2.0-only */
/* The few words of the kernel that its pure pieces use, for user space. */
#ifndef KERNEL_SHIM_H
#define KERNEL_SHIM_H

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

/*
 * C11 relaxed: untorn, and no promise of order, as in the kernel. The thread sanitizer
 * knows nothing of the order that an address brings with it.
 */
#ifdef __SANITIZE_THREAD__
#define SHIM_READ_ORDER __ATOMIC_ACQUIRE
#else
#define SHIM_READ_ORDER __ATOMIC_RELAXED
#endif
#define SHIM_READ(x, value)					\
({								\
	__typeof__(x) value = __atomic_load_n(&(x), SHIM_READ_ORDER); \
								\
	shim_after_read();					\
	value;							\
})
/* One may be inside another: each has a variable of its own. */
#define SHIM_PASTE(a, b) a##b
#define SHIM_NAME(n) SHIM_PASTE(shim_value, n)
#define READ_ONCE(x) SHIM_READ(x, SHIM_NAME(__COUNTER__))
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)

#define cmpxchg(p, old, new)					\
({								\
	__typeof__(*(p)) shim_old = (old);			\
								\
	__atomic_compare_exchange_n(p, &shim_old, new, false,	\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	shim_old;						\
})

#define SHIM_CACHELINE 64
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ____cacheline_aligned_in_smp __attribute__((__aligned__(SHIM_CACHELINE)))

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

/* ---- locks: nobody is interrupted, so BH are always off ---- */

typedef struct {
	bool is_taken;
} spinlock_t;

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->is_taken = false;
}

static inline void spin_lock(spinlock_t *lock)
{
	while (__atomic_test_and_set(&lock->is_taken, __ATOMIC_ACQUIRE))
		sched_yield();
}

static inline void spin_unlock(spinlock_t *lock)
{
	__atomic_clear(&lock->is_taken, __ATOMIC_RELEASE);
}

#define spin_lock_bh spin_lock
#define spin_unlock_bh spin_unlock

/* A test that has readers beside this defines it before. */
#ifndef synchronize_rcu
#define synchronize_rcu() do { } while (0)
#endif

#define cond_resched() do { } while (0)

/* ---- memory: a test may define before which allocation fails, and count ---- */

enum {
	GFP_KERNEL	= 1,
	GFP_ATOMIC	= 2,
	__GFP_NOWARN	= 4,
};

typedef unsigned int gfp_t;

#ifndef shim_alloc_fails
#define shim_alloc_fails() false
#endif
/* n: +1 or -1 */
#ifndef shim_count_alloc
#define shim_count_alloc(n) do { } while (0)
#endif

static inline void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	void *p;

	(void)gfp;
	if (shim_alloc_fails())
		return NULL;
	p = aligned_alloc(SHIM_CACHELINE, n * size);
	memset(p, 0, n * size);
	shim_count_alloc(1);
	return p;
}

static inline void *kmemdup(const void *from, size_t size, gfp_t gfp)
{
	void *p = kcalloc(1, size, gfp);

	return p ? memcpy(p, from, size) : NULL;
}

static inline void kfree(void *p)
{
	if (p)
		shim_count_alloc(-1);
	free(p);
}

#endif /* KERNEL_SHIM_H */
