// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints how many thousand times a second this machine's time stamp counter ticks. An
 * emulated kernel reads the same counter, but where the host is busy it measures a rate
 * several times too low, and its clock runs that much too fast: see tests/vm/run.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

enum {
	SPAN_NS		= 200 * 1000 * 1000,
	TRIES		= 1000,
};

struct moment {
	uint64_t ns;
	uint64_t ticks;
	uint64_t width;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Clock and counter at the same time: the tightest of many pairs, in case we are kept. */
static struct moment look(void)
{
	struct moment best = { .width = UINT64_MAX };
	int i;

	for (i = 0; i < TRIES; i++) {
		uint64_t before = __rdtsc();
		uint64_t ns = now_ns();
		uint64_t width = __rdtsc() - before;

		if (width < best.width)
			best = (struct moment){ ns, before + width / 2, width };
	}
	return best;
}

int main(void)
{
	struct timespec span = { .tv_nsec = SPAN_NS };
	struct moment a, b;

	a = look();
	nanosleep(&span, NULL);
	b = look();
	printf("%llu\n", (unsigned long long)((b.ticks - a.ticks) * 1000000 / (b.ns - a.ns)));
	return 0;
}
