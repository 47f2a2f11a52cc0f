// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of the module's pure pieces: the runner. */
#include <check.h>
#include <stdlib.h>

/* One suite per file kernel_*.c. */
Suite *kernel_csum_suite(void);
Suite *kernel_filter_suite(void);
Suite *kernel_hash_suite(void);
Suite *kernel_lease_suite(void);
Suite *kernel_persist_suite(void);
Suite *kernel_sched_suite(void);
Suite *kernel_sched_cpus_suite(void);
Suite *kernel_table_suite(void);
Suite *kernel_table_cpus_suite(void);
Suite *kernel_tcp_suite(void);
Suite *kernel_way_suite(void);

int main(void)
{
	SRunner *runner = srunner_create(kernel_csum_suite());
	int failed;

	srunner_add_suite(runner, kernel_filter_suite());
	srunner_add_suite(runner, kernel_hash_suite());
	srunner_add_suite(runner, kernel_lease_suite());
	srunner_add_suite(runner, kernel_persist_suite());
	srunner_add_suite(runner, kernel_sched_suite());
	srunner_add_suite(runner, kernel_sched_cpus_suite());
	srunner_add_suite(runner, kernel_table_suite());
	srunner_add_suite(runner, kernel_table_cpus_suite());
	srunner_add_suite(runner, kernel_tcp_suite());
	srunner_add_suite(runner, kernel_way_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
