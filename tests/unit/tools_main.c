// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of nfvsadm and libnfvs: the runner. */
#include "tools_unit.h"

#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(tools_parse_suite());
	int failed;

	srunner_add_suite(runner, tools_opts_suite());
	srunner_add_suite(runner, tools_names_suite());
	srunner_add_suite(runner, tools_print_suite());
	srunner_add_suite(runner, tools_netlink_suite());
	srunner_add_suite(runner, tools_restore_suite());
	srunner_add_suite(runner, tools_sort_suite());
	srunner_add_suite(runner, tools_cli_suite());
	srunner_add_suite(runner, tools_settings_suite());
	srunner_add_suite(runner, tools_json_suite());
	srunner_add_suite(runner, tools_complete_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
