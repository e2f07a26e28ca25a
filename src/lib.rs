//! Foghorn: alerting on the origin status codes of sites behind Alibaba Cloud CDN.
//!
//! This page is the map of the code. What the program does for its users is in `README.md`, what the
//! language means in `docs/language.md`, how to change things in `CONTRIBUTING.md`.
//!
//! # One function, three drivers
//!
//! ```text
//!               ┌──────────────────────── the core, pure ────────────────────────┐
//! source ─► Input ─► Intake ─► SeriesEngine ─► Transition ─► Desk ─► Notification
//!               └───────────────── Pipeline::step(now, inputs) ──────────────────┘
//!                                          │ Step
//!           store.commit(step): samples, marks, alerts, transitions, outbox       ◄─ one transaction
//!                                          │
//!           sender: due ─► receiver::send ─► taken │ failed: again at │ refused: dead letter
//! ```
//!
//! The same engine is driven by the service, by [`replay::backtest`] over recorded samples, and by tests that
//! make up sources which are late, revise and fail. So a backtest cannot disagree with the service. What a rule test
//! ([`replay::case`]) says is delivered comes from the pipeline itself, driven by simulated time, which steps over minutes in which nothing can happen.
//!
//! # Rooms
//!
//! Imports go down only: a room uses rooms of its own layer and of those above it in this table.
//!
//! | layer | room | what it is |
//! | --- | --- | --- |
//! | words | [`mod@unit`] | minutes, durations, decimals, sets of status codes, globs, names |
//! | | [`diag`] | what is wrong with a user's text, and how it is shown |
//! | core | [`lang`] | from the text of a condition to one graph of all rules |
//! | | [`proof`] | what conditions can be at once, in any history: proved, with a reason or a sample |
//! | | [`engine`] | what the graph is worth at each minute, and the life of an alert |
//! | | [`dispatch`] | who is told what, and when: routes, groups, mutes, texts, delivery ids |
//! | | [`pipeline`] | the step: when a minute is judged, what follows, what is kept back |
//! | files | [`yaml`] | YAML as people write it: a tree whose parts know their places, also of a broken file |
//! | | [`config`] | the rules file: from that tree to checked settings |
//! | | [`lint`] | what is wrong with it beyond loading; one check, one file |
//! | | [`samples`] | recorded samples: JSON lines, saved answers |
//! | | [`replay`] | `eval`, `backtest` and what it comes to, rule tests, and a rule minute by minute |
//! | edges | [`clock`] | the time; the only room that reads it |
//! | | [`mod@causes`] | a fault in words, without what the libraries of HTTP say around its cause |
//! | | [`source`] | Alibaba Cloud's API: signed calls, credentials, budget; and its simulator |
//! | | [`store`] | what outlives the process; the only room that knows SQL |
//! | | [`receiver`] | mail with its charts, webhooks in the forms of many services, console, in two languages: one try of one delivery |
//! | shell | [`telemetry`] | what the service knows and counts of itself: the daemon writes it, the pages show it |
//! | | [`web`] | the page, both APIs, signed links, `/healthz`, `/metrics`; nothing there decides |
//! | | [`daemon`] | poller, judge, sender, reload, watchdog: the tasks and how they stop |
//! | | [`lsp`] | the language server: what editors ask about rules files while they are typed |
//! | | [`cli`] | one file per command |
//!
//! Words and core do no I/O: no files, network, clock, chance, nor maps without an order. The files layer takes text and
//! gives values. Which room may import which is a table in `tests/it/tidy.rs`.
//!
//! # The way of one sample
//!
//! From the API's answer to the mail:
//!
//! 1. `daemon/agenda.rs` chooses the call that matters most: the present first, pending and firing domains before calm ones, then
//!    missed minutes, then the backfill. [`source::budget::Budget`] says whether the account may be asked now.
//! 2. [`source::aliyun::Client::fetch`] signs it, sends it, and reads a [`Response`](source::Response) of [`Sample`](engine::Sample)s, or says by a
//!    [`SourceError`](source::SourceError) what is to be done.
//! 3. `daemon/poller.rs` makes a [`pipeline::Input`] of either and puts it into a bounded channel.
//! 4. `daemon/judge.rs` takes what is there and calls [`Pipeline::step`](pipeline::Pipeline::step) with the time.
//! 5. [`Intake`](pipeline::Intake) holds the minutes that are not judged yet. It gives them out in order, each once, when they have settled: as a sample, as
//!    absent, or as one that nobody could ask for.
//! 6. [`SeriesEngine::advance`](engine::SeriesEngine::advance) slides every window of the domain by that minute, by way of [`Evaluator`](engine::Evaluator), and moves each rule's
//!    [`AlertState`](engine::AlertState). What changes is a [`Transition`](engine::Transition) with the numbers behind it. Rules over many
//!    domains count the ballots of the series in [`FleetState`](engine::FleetState).
//! 7. `pipeline/keep_back.rs` says whether it is kept back for now. [`dispatch::Policy`] renders the alert, and the [`dispatch::Desk`] takes it in, as the [`Story`](dispatch::Story) of this firing. Once everything of the step is in, it looks at what mutes what, and tells the groups whose time has come: one
//!    [`Notification`](dispatch::Notification) for each channel, under a delivery id that follows from what is told to whom, and why, so that it is the same however often it is worked out.
//! 8. All of it is a [`Step`](pipeline::Step), which [`Store::commit`](store::Store::commit) keeps whole or not at all. Until it is kept, the judge takes in nothing more.
//! 9. `daemon/sender.rs` asks [`Store::waiting_lanes`](store::Store::waiting_lanes) which channels have something waiting, and [`daemon::lane`] what is to be sent in each; [`receiver::send`] makes one try,
//!    [`receiver::backoff`] says when the next one is, and [`receiver::breaker`] whether the server is worth asking. [`Store::delivered`](store::Store::delivered), [`retry`](store::Store::retry) or [`dead`](store::Store::dead) notes what came of it.
//!    A mail is put together by `receiver/email.rs`, of the words that all channels share (`receiver/words/`), a page (`receiver/html.rs`) and charts of what the store has (`daemon/chart.rs`).
//!    Where a service takes alerts one by one, [`receiver::apart`] divides the message, and [`Store::note_alert`](store::Store::note_alert) notes each [`AlertTried`](dispatch::AlertTried) before the next.
//!
//! Samples are kept in two forms with one view: those of a step, by lanes of domains, and, once their block of four hours is over, those of one domain,
//! to which `daemon/upkeep.rs` has [`Store::repack`](store::Store::repack) move them in short transactions.
//!
//! After a restart, windows are not loaded but rebuilt: [`Pipeline::next_rebuild`](pipeline::Pipeline::next_rebuild) asks for the stored samples of a series'
//! reach, a [`Past`](pipeline::Past) looks back upon them where they are read, on any thread, and [`Pipeline::rebuild_all`](pipeline::Pipeline::rebuild_all) takes it
//! over: of each minute, what can still matter. Only what samples cannot tell is loaded: marks, alerts, notes, the outbox.
//!
//! # Invariants, and the tests that hold them
//!
//! 1. **The core is a function.** The same inputs at the same times give the same steps; order, batches and repeats of answers do not matter. Held
//!    by `tests/it/pipeline.rs`, `answers_of_a_moment_may_come_in_any_order`, `answers_of_a_moment_may_come_in_any_batches`, `the_order_of_answers_does_not_matter`,
//!    `an_older_answer_that_comes_later_changes_nothing` and `a_minute_that_comes_again_changes_nothing_and_one_left_out_is_unasked`.
//! 2. **Judging has no failure.** What is wrong with data makes it unknown or leaves it out; what is wrong with a rule keeps it from compiling. Held by `no_text_at_all_makes_the_parser_panic`,
//!    `whatever_comes_the_samples_are_ascending_and_within_the_span`, `no_mutation_of_a_file_breaks_the_loader_or_the_reports` and the fuzz targets.
//! 3. **The engine means what the language page says.** Held by `the_engine_agrees_with_the_definitions` against a naive evaluator, and by the worked
//!    cases: `every_worked_value_comes_out`, `every_worked_event_comes_out`, `every_worked_event_of_many_domains_comes_out`.
//!    A recording is judged in blocks of minutes: `blocks_agree_with_single_minutes`, `long_windows_agree_in_blocks_and_in_single_minutes`,
//!    `a_judged_recording_has_the_events_of_single_minutes`, and that of a store, on any number of threads:
//!    `what_was_kept_is_judged_in_blocks_and_on_threads_as_minute_by_minute`.
//!    What a backtest says of messages is what the pipeline sends: `a_backtest_says_of_messages_what_the_service_sends`.
//! 4. **State can be rebuilt.** A state made anew from stored samples goes on with the same events: `a_state_that_is_made_anew_goes_on_with_the_same_events`,
//!    `a_stored_alert_continues_as_if_nothing_had_happened`.
//! 5. **Nothing stops at the first fault** of a user's text: `all_faults_of_a_file_are_told_in_one_run`, `every_code_has_a_fixture`. What is
//!    mended by program is no worse for it: `every_mend_of_every_fixture_removes_its_finding_and_adds_no_error`.
//! 6. **A step is kept whole or not at all**, and once: `a_step_that_is_dropped_anywhere_is_kept_whole_or_not_at_all`, `a_step_that_is_committed_twice_is_kept_once`,
//!    `a_killed_process_loses_nothing_that_it_had_kept_and_leaves_no_half_step`. What is packed later stays what it was:
//!    `packing_that_is_dropped_anywhere_loses_nothing_and_shows_nothing_twice`, `minutes_of_an_older_format_are_read_and_packed_over_time`.
//! 7. **A delivery is made at least once, under one id.** `what_was_delivered_stays_delivered`, `the_same_delivery_is_the_same_mail`,
//!    `messages_of_one_alert_keep_their_order_in_a_lane_and_lanes_do_not_wait`,
//!    `a_storm_arrives_whole_in_order_and_under_its_ids_however_often_the_process_dies`; and `tests/it/service.rs`, which kills the real process.
//!    An alert that was taken is not sent again with its message: `killed_between_the_alerts_of_a_message_it_goes_on_with_the_one_under_way`.
//! 8. **A minute is judged once, when the source is past it.** `a_late_source_delays_and_invents_no_gap`, `another_domain_settles_a_minute_three_minutes_later`,
//!    `a_revision_of_a_judged_minute_is_counted_and_changes_nothing`, `a_sample_stays_as_it_was_judged`.
//! 9. **Work per minute does not grow with a window**, and asks for no memory: `a_minute_asks_for_no_memory_once_the_windows_are_there`,
//!    `a_minute_in_which_nothing_happens_asks_for_no_memory`; equal parts are worked out once: `equal_parts_stand_once_in_the_graph_of_all_rules`.
//! 10. **What is printed parses back**: `what_is_printed_parses_to_what_was_printed`; and the parser is the grammar: `the_descent_takes_what_the_grammar_takes_and_refuses_at_the_same_token`.
//! 11. **Everything has a limit**: `hostile_files_are_refused`, `hostile_nesting_is_refused_at_once`, `an_answer_over_the_limit_is_not_read_to_its_end`, `a_bomb_stops_by_fuel`.
//! 12. **No secret is shown**: `what_came_from_the_environment_is_never_shown`, `no_message_has_a_secret`, `a_long_answer_is_cut_and_does_not_repeat_secrets`.
//! 13. **No call outruns its budget or its hour**: `a_second_is_saved_up_and_then_the_rate_holds`, `no_call_spans_more_than_an_hour`.
//! 14. **Being told to stop is no failure**: `a_service_that_is_told_to_stop_ends_well_every_time`.
//! 15. **Nothing is proved that a sample refutes**: `what_the_engine_shows_is_never_called_impossible`; and what holds for sums of one minute's
//!     proportions is found: `linear_conditions_of_one_minute_are_decided_both_ways`.
//! 16. **Every story is told to its end**, in order and nothing twice, whatever mutes it meanwhile; and a crash changes no byte of it:
//!     `every_story_is_told_to_its_end_in_order_and_nothing_twice`, `a_crash_at_any_point_changes_no_byte_of_what_is_told_kept_or_decided`.
//! 17. **Layers and sizes**: `tests/it/tidy.rs`. That the tests named here exist: `the_tests_that_the_map_names_exist`.
//!
//! # Decisions
//!
//! - **Decimals are integers** of 10⁻⁹ with 128-bit intermediates ([`unit::Decimal`]). With floats, a sum that slides drifts away from
//!   one that is worked out anew, `0.1% + 0.2%` is not `0.3%`, and a backtest on another machine may disagree.
//! - **Recordings are judged in blocks** of minutes, node by node over columns ([`engine::Recording`], [`engine::Judge`]): what it costs to look up what to do is paid once
//!   in 256 minutes, and inner loops run over numbers that lie beside each other. Of a block at first only bounds are worked out, of the least and the greatest value of each row; a condition that they decide
//!   asks for no row, and most blocks are calm. Minutes in which no condition of an alert that rests is true are passed over by words of bits.
//!   A rank that is only compared with a literal (`max(502 over 5m) > 15%`, `p90(…) > 10%`) is counted, not sorted. Quotients and roots are estimated with floats and made exact with whole numbers.
//! - **Unknown is a third truth**, not zero and not false. Prometheus drops a series without data, and its alert resolves; here a dead origin must not look like a recovery.
//! - **Minutes, not moments.** A condition is judged once per minute of data, not at intervals of the clock, so that the moment of a poll cannot change an alert.
//! - **State is rebuilt, not trusted.** Stored windows would need a format, migrations and a proof that they agree with the samples. Rebuilding reads some thousand rows.
//! - **One writer, one transaction per step.** The outbox is in the same database as the alerts. A queue beside it would need a second protocol to agree with the first.
//! - **Delivery ids are worked out**, not drawn: a step that is judged again after a crash gives the ids that it gave before.
//! - **A recipient is a channel.** A mail to five people is five deliveries, so that what became of each is in the outbox, and one bad mailbox delays nobody.
//! - **Closed sets are enums**: sources, channels, the clock. Trait objects would let a new one forget a case; the compiler does not.
//! - **Three kinds of fault**: the user's text is a [`diag::Diagnostic`] and is collected; the world is an `enum` at the edge, by what is to be done; our own mistakes are assertions.
//!   `anyhow` is for the shell alone.
//! - **The simulator speaks HTTP.** The service's own client talks to it, with signatures, throttling and all. A mock inside the process would test neither.
//! - **One grammar for conditions and values**; types tell them apart. A choice between two forms that both open with a parenthesis costs
//!   a PEG exponential time, so there is none, and depth is counted before anything recurses.
//! - **The grammar is read by hand.** A parser that pest makes of `grammar/condition.pest` took half of the time of loading ten thousand rules. One token
//!   tells each production apart, so the descent is a function for each; pest runs the grammar in the tests, which hold the two together.
//! - **YAML by `serde-saphyr`'s parser, read by hand** into a tree with places: derived readers lose positions inside untagged and flattened types, and stop at the first fault.
//!   It takes a third of the time of linting ten thousand rules. A second reader for plain files saved a fifth, and had to agree with the first for ever; it is gone.
//! - **Times by `chrono`, zones by `jiff`**, in [`unit::Zone`] alone: the tables of `chrono-tz` are thirty thousand pointers, which the loader puts right at every
//!   start, and which were a quarter of the time of linting a file of twenty rules.
//! - **What lint says of conditions is proved**, by a search over exact linear constraints, not matched against known mistakes: a list of cases is never complete, and
//!   one that is a little wrong calls a good rule dead. The solver is our own: those that there are decide with floats, or bring a hundred times the code.
//! - **Stopping is an argument**: tokens, in the order poller, judge, sender, web. Only polling hears of the stop itself; the others are told when their turn has come.
//!
//! # Rejected
//!
//! - **One call for several domains**: the API merges them into one series.
//! - **Interpolating missing minutes**, or taking them as zero: both invent data.
//! - **Judging at once and correcting later**: the API revises its last minutes, and every correction would be a message to somebody. `settle` waits instead.
//! - **Skipping late minutes** after an outage: the alerts of that time would be lost. They are judged in order and told as past, in one digest.
//! - **Exactly-once delivery**: not to be had over HTTP and SMTP. At least once under a lasting id is, and receivers can drop what they have seen.
//! - **Retries inside the receivers**: they would be lost with the process. The schedule is pure, and its outcome is in the store.
//! - **Following redirects** of webhooks: a signed body would go to an address that nobody wrote down.
//! - **A message per domain for a source that fails**: one per cause and account, with what to grant or mend.

pub mod causes;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod diag;
pub mod dispatch;
pub mod engine;
pub mod lang;
pub mod lint;
pub mod lsp;
pub mod pipeline;
pub mod proof;
pub mod receiver;
pub mod replay;
pub mod samples;
pub mod source;
pub mod store;
pub mod telemetry;
pub mod unit;
pub mod web;
pub mod yaml;
