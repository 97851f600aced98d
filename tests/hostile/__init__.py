"""The hostile inputs 1 to 36, and the tests that try each; ``test_index`` keeps the list true."""

from __future__ import annotations

MATRIX = "tests/test_access_matrix.py::"
API_MATRIX = "tests/api/test_matrix.py::"
SCOPE = "tests/test_data_scope.py::"
CRAWL = "tests/crawl/test_crawl.py::"
WALLS = "tests/core/test_walls.py::"
SIGN_IN = "tests/core/test_sign_in.py::"
INVITED = "tests/core/test_invitations.py::"
BANK = "tests/core/test_bank_account_hold.py::"
ADDRESS = "tests/core/test_address.py::"
STYLES = "tests/core/test_number_styles.py::"
SECOND = "tests/core/test_second_factor.py::"
PORTAL = "tests/portal/test_portal.py::"
KEYS = "tests/api/test_keys.py::"
PROBLEMS = "tests/api/test_problems.py::"
LISTS = "tests/core/test_lists.py::"
HERE = "tests/hostile/"

INDEX: dict[int, tuple[str, tuple[str, ...]]] = {
    # Tenancy
    1: ("another company's id in the path", (
        f"{MATRIX}test_roles_and_companies",
        f"{API_MATRIX}test_who_may_call",
        f"{SCOPE}test_what_belongs_to_an_unseen_customer_is_as_missing",
    )),
    2: ("such an id in a body, a question, a choice, a nested object, a list, an order", (
        f"{HERE}test_ids.py::test_another_companys_id_is_as_none",
        f"{HERE}test_ids.py::test_so_it_is_where_the_own_id_is_good",
        f"{HERE}test_ids.py::test_an_unseen_customers_id_is_as_none",
        f"{HERE}test_ids.py::test_a_line_of_another_bill_is_not_taken",
        f"{API_MATRIX}test_ids_in_bodies",
        f"{SCOPE}test_ids_in_bodies_reach_nothing_unseen",
        f"{LISTS}test_no_address_is_an_error",
        ("tests/customers/test_operations.py::"
        "test_a_foreign_contact_id_makes_a_new_contact_and_touches_nobody"),
    )),
    3: ("such an id among fifty", (
        f"{HERE}test_bulk.py::test_ticked_bills",
        f"{HERE}test_bulk.py::test_ticked_customers",
        f"{HERE}test_bulk.py::test_confirmed_sending",
        f"{HERE}test_bulk.py::test_approving_all_without_warnings",
        f"{HERE}test_bulk.py::test_parts_of_a_receipt",
    )),
    4: ("an injected set_config or UNION", (
        f"{WALLS}test_each_wall_holds_without_the_other",
        f"{CRAWL}test_every_hostile_value_in_every_form",
        f"{HERE}test_texts.py::test_no_statement_is_made_of_what_was_typed",
    )),
    5: ("two companies in two tabs", (
        f"{HERE}test_doors.py::TestTwoTabs.test_a_form_reaches_the_company_of_its_address",
        (f"{HERE}test_doors.py::TestTwoTabs."
        "test_a_form_moved_to_the_other_company_finds_nothing_of_the_first"),
        f"{HERE}test_doors.py::TestTwoTabs.test_a_key_is_good_for_its_own_company_alone",
        "tests/core/test_once.py::test_companies_do_not_share_tokens",
    )),
    6: ("a suspended company", (
        f"{MATRIX}test_a_suspended_company_lets_nobody_in",
        f"{HERE}test_doors.py::TestLeft.test_a_suspended_companys_pages_tell_and_do_nothing",
        f"{KEYS}test_a_suspended_company",
        "tests/core/test_jobs.py::test_the_job_of_a_suspended_company_waits",
        "tests/messaging/test_races.py::test_the_sweep_ends_a_suspended_companys_too_and_sends_nothing",
        "tests/messaging/test_webhooks.py::test_a_suspended_company_tells_nothing",
        f"{PORTAL}test_everything_shut_looks_the_same",
    )),
    7: ("a pooled connection after an error", (
        f"{WALLS}test_an_error_leaves_no_tenant_behind",
        f"{WALLS}test_the_setting_ends_with_the_transaction_on_a_reused_connection",
    )),
    8: ("a file that streams, a handler after the commit, a pool of threads", (
        f"{LISTS}test_csv_streams_only_this_company",
        f"{WALLS}test_on_commit_handlers_run_without_a_tenant",
        f"{WALLS}test_another_thread_starts_without_a_tenant",
    )),
    9: ("a cache key without its company", (
        f"{HERE}test_caches.py::test_keys_look_as_they_should",
        f"{HERE}test_caches.py::test_every_use_of_the_shared_cache_was_looked_at",
        f"{HERE}test_caches.py::test_every_answer_a_process_remembers_was_looked_at",
    )),
    10: ("an invitation taken by another address; one address in two companies", (
        f"{SIGN_IN}TestPlaceInACompany.test_sets_the_password_of_its_own_address_only",
        f"{SIGN_IN}TestPlaceInACompany.test_the_same_address_in_two_companies_has_two_memberships",
        "tests/core/test_people.py::test_a_link_another_company_holds_does_not_open_this_one",
        f"{INVITED}TestHostile10.test_another_person_cannot_take_it",
        f"{INVITED}TestHostile10.test_its_secret_opens_no_other_company",
        f"{INVITED}TestHostile10.test_the_same_address_in_two_companies_has_two_invitations",
    )),
    # Signing in, and sessions
    11: ("a thousand guesses a minute from many addresses", (
        f"{HERE}test_doors.py::TestGuessing.test_one_account_from_many_addresses",
        f"{HERE}test_doors.py::TestGuessing.test_many_accounts_from_one_address",
        f"{HERE}test_doors.py::TestGuessing.test_many_accounts_from_many_addresses",
        (f"{HERE}test_doors.py::TestGuessing."
        "test_nobody_is_shut_out_of_a_browser_they_signed_in_from"),
        f"{HERE}test_doors.py::TestGuessing.test_what_such_a_browser_tries_is_counted_too",
    )),
    12: ("unknown, wrong or left: one text, one status, one time", (
        f"{SIGN_IN}TestRefusals.test_say_the_same_for_every_reason",
        f"{SIGN_IN}TestRefusals.test_cost_a_password_hash_each",
        f"{HERE}test_doors.py::test_every_refusal_takes_the_same_time",
        f"{INVITED}TestKnownPerson.test_an_admin_does_not_learn_who_has_an_account",
        f"{ADDRESS}TestHostile16.test_a_taken_address_is_not_told",
    )),
    13: ("a session's key planted before signing in", (
        f"{SIGN_IN}TestSession.test_its_key_changes_at_sign_in_and_at_a_step_up",
    )),
    14: ("a code used twice, a clock that is off", (
        f"{SECOND}TestApp.test_a_code_signs_in_once",
        f"{SECOND}TestApp.test_a_recovery_code_opens_once",
        f"{SECOND}TestApp.test_clocks_may_differ_by_one_step",
        f"{SECOND}test_the_same_code_at_the_same_time_is_taken_once",
    )),
    15: ("a new password where a second factor is asked for", (
        f"{SECOND}TestReset.test_keeps_the_second_factor_and_ends_other_sessions",
        f"{SIGN_IN}TestSession.test_the_others_end_with_a_new_password",
    )),
    16: ("a change of address or second factor", (
        f"{SECOND}TestApp.test_changing_it_needs_a_fresh_sign_in",
        f"{SECOND}TestApp.test_is_removed_with_a_notice",
        f"{ADDRESS}TestHostile16.test_a_sign_in_of_long_ago_is_not_enough",
        f"{ADDRESS}TestHostile16.test_another_person_cannot_use_the_link",
        f"{ADDRESS}test_the_link_in_the_new_mailbox_changes_it",
        f"{BANK}TestHold.test_a_changed_one_is_named_a_day_later_and_until_then_as_before",
        f"{BANK}TestPage.test_all_admins_are_told_and_the_page_says_from_when",
        f"{BANK}TestPage.test_what_guards_the_company_asks_for_a_fresh_sign_in",
    )),
    17: ("a forged Host or X-Forwarded header", (
        f"{SIGN_IN}TestForgery.test_another_host_is_refused",
        f"{SIGN_IN}TestForgery.test_a_forged_forwarded_host_is_in_no_mail",
        f"{SIGN_IN}TestForgery.test_a_forged_address_is_not_believed",
        f"{HERE}test_doors.py::TestForgedHeaders.test_a_forwarded_scheme_or_host_is_not_believed",
        f"{HERE}test_doors.py::TestForgedHeaders.test_another_host_is_refused_everywhere",
        f"{PORTAL}test_behind_a_proxy_each_client_is_counted_and_none_may_choose_its_address",
    )),
    18: ("a form of another site", (
        f"{HERE}test_verbs.py::test_no_form_of_another_site_is_taken",
        f"{SIGN_IN}TestForgery.test_a_form_of_another_site_does_nothing",
        f"{SIGN_IN}TestForgery.test_the_cookie_is_not_for_scripts_or_other_sites",
        f"{PORTAL}test_posts_need_the_pages_token",
    )),
    19: ("a way off the site", (
        f"{HERE}test_verbs.py::test_nobody_is_led_off_the_site",
        f"{HERE}test_verbs.py::test_only_our_own_pages_are_led_back_to",
        f"{SIGN_IN}TestForgery.test_leads_to_our_own_pages_only",
    )),
    20: ("somebody who left, and their key", (
        f"{MATRIX}test_a_member_who_was_deactivated_is_a_stranger",
        f"{SIGN_IN}TestSession.test_ends_with_the_next_request_of_a_deactivated_person",
        f"{KEYS}test_whose_person_left_or_lost_the_role",
        f"{HERE}test_doors.py::TestLeft.test_session_key_and_list_of_keys",
    )),
    # The customer's link
    21: ("a mail scanner follows it", (
        f"{PORTAL}test_looking_changes_nothing",
        "tests/portal/test_browser.py::test_looking_is_no_act_and_a_click_is_one",
    )),
    22: ("it is forwarded, told by Referer, logged", (
        f"{PORTAL}test_the_token_is_traded_for_a_cookie_and_a_clean_address",
        f"{PORTAL}test_small_and_without_anything_from_outside",
        "tests/billing_site/test_access_log.py::test_the_access_log_names_no_token",
    )),
    23: ("ended, revoked, another's, cut or changed", (
        f"{PORTAL}test_everything_shut_looks_the_same",
        f"{PORTAL}test_new_link_goes_only_to_whom_the_bill_went",
        f"{PORTAL}test_at_most_one_an_hour_and_five_a_day",
    )),
    24: ("guessed numbers", (
        "tests/invoices/test_send.py::test_tokens_are_long_and_differ",
        "tests/invoices/test_send.py::test_the_secret_is_in_no_table",
    )),
    25: ("markup and formulas in a payer's data", (
        "tests/documents/test_bill.py::test_hostile_texts_are_text",
        "tests/invoices/test_send.py::test_names_cannot_inject",
        "tests/core/test_exporting.py::test_hostile_names_are_text_in_every_file",
    )),
    # What is typed
    26: ("scripts in names, notes, files and logos", (
        f"{CRAWL}test_what_was_stored_is_shown_as_text",
        f"{CRAWL}test_hostile_values_in_every_form_are_refused_or_kept_as_they_are",
        f"{HERE}test_texts.py::TestTexts.test_a_name_on_a_page",
        f"{HERE}test_texts.py::test_no_page_allows_scripts_of_its_own",
        f"{LISTS}test_a_cell_is_escaped",
        "tests/core/test_timeline.py::test_names_cannot_mislead",
        "tests/core/test_timeline.py::test_a_file_that_is_something_else_is_refused",
        "tests/core/test_logo.py::TestDrawing.test_refuses_with_the_reason",
    )),
    27: ("fields nobody asked for", (
        f"{HERE}test_texts.py::TestMassAssignment.test_the_api_refuses_each",
        f"{HERE}test_texts.py::TestMassAssignment.test_pages_do_not_listen",
        "tests/core/test_profile.py::test_nobody_becomes_somebody_else_by_it",
    )),
    28: ("NUL, half signs, unseen signs, a megabyte, two writings of one name", (
        f"{HERE}test_texts.py::TestTexts.test_a_name_on_a_page",
        f"{HERE}test_texts.py::TestTexts.test_a_name_by_the_api",
        (f"{HERE}test_texts.py::TestTexts."
        "test_halves_of_signs_on_a_page_become_a_sign_that_says_so"),
        f"{HERE}test_texts.py::TestTexts.test_what_looks_the_same_is_the_same",
        f"{HERE}test_texts.py::TestTexts.test_search_finds_either_writing",
        f"{PROBLEMS}test_halves_of_signs_are_no_text",
    )),
    29: ("numbers that are none, or can be read in two ways", (
        f"{HERE}test_numbers.py::TestNumbers.test_no_receipt_of_it",
        f"{HERE}test_numbers.py::TestNumbers.test_no_price_of_it",
        f"{HERE}test_numbers.py::TestNumbers.test_places_are_the_currencys",
        "tests/core/test_forms.py::test_amounts_that_are_refused",
        "tests/core/test_money.py::test_what_is_not_clearly_an_amount_is_refused",
        f"{STYLES}TestReading.test_what_is_refused",
        f"{STYLES}TestReading.test_what_a_page_shows_or_copies_is_read_back_or_refused",
    )),
    30: ("days that are none, or far away", (
        f"{HERE}test_numbers.py::TestDays.test_no_day_at_all",
        f"{HERE}test_numbers.py::TestDays.test_leap_days_and_what_ends_before_it_begins",
        "tests/core/test_forms.py::test_days_out_of_reach",
    )),
    31: ("pages, orders and filters that cannot be", (
        f"{LISTS}test_no_address_is_an_error",
        f"{LISTS}test_a_cursor_of_ours_only",
        f"{HERE}test_numbers.py::test_no_question_to_the_api_is_an_error_of_ours",
    )),
    32: ("two editors, a double click, the back button", (
        f"{HERE}test_states.py::test_a_draft_typed_in_two_tabs_is_saved_once",
        ("tests/customers/test_edit_page.py::"
        "test_the_second_editor_sees_both_and_may_save_knowingly"),
        "tests/invoices/test_keeping.py::test_two_editors_choose_and_lose_nothing",
        "tests/invoices/test_races.py::test_two_editors_of_one_version",
        "tests/core/test_once.py::test_a_double_click_waits_for_the_first",
        "tests/payments/test_receive_saving.py::test_double_post_makes_one_receipt",
        "tests/api/test_idempotency.py::test_two_at_once",
    )),
    33: ("issuing while another changes it", (
        f"{HERE}test_states.py::test_issuing_while_another_takes_it_back",
        "tests/invoices/test_races.py::test_edit_while_submitting",
        "tests/invoices/test_races.py::test_two_issue_the_same_bill",
    )),
    34: ("changing what is issued, deleting what has a number", (
        f"{HERE}test_states.py::TestWhatIsFixed.test_by_the_api",
        f"{HERE}test_states.py::TestWhatIsFixed.test_by_pages",
        "tests/invoices/test_issue.py::test_database_refuses_to_change_an_issued_bill",
        "tests/ledger/test_post.py::test_the_app_role_cannot_rewrite_the_books",
    )),
    35: ("bodies too large, of too many fields, packed", (
        f"{HERE}test_states.py::TestTooMuch.test_ten_thousand_fields",
        f"{HERE}test_states.py::TestTooMuch.test_six_megabytes",
        f"{HERE}test_states.py::TestTooMuch.test_a_body_in_many_parts",
        f"{HERE}test_states.py::TestTooMuch.test_numbers_of_thousands_of_digits",
        f"{HERE}test_states.py::TestTooMuch.test_a_packed_body_is_not_unpacked",
        f"{PROBLEMS}test_a_body_that_is_too_large",
        f"{PROBLEMS}test_bodies_that_are_no_json",
    )),
    36: ("verbs that are wrong, or named by a header", (
        f"{HERE}test_verbs.py::test_no_wrong_verb_does_anything",
        f"{HERE}test_verbs.py::test_looking_writes_nothing_whatever_a_header_says",
        f"{HERE}test_verbs.py::test_heads_have_no_bodies_and_write_nothing",
        f"{HERE}test_verbs.py::test_the_api_takes_no_verb_it_does_not_name",
        f"{PROBLEMS}test_methods",
        f"{PROBLEMS}test_no_method_by_a_header",
    )),
}  # fmt: skip
