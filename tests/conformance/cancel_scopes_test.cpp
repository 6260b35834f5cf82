// SPDX-License-Identifier: MIT

// Cases of trio's test_run and test_timeouts about cancel scopes, each suite named after its test
// there. A scope that somebody cancels is a task group here, with or without tasks in it; one with
// a deadline is `timeout` or `move_on_after`; one that hides what happens outside is `shield`.

#include <patio/core/errors.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/ready.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"
#include "support/trace.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::duration;
using patio::move_on_after;
using patio::shield;
using patio::task_group;
using patio::time_point;
using patio::with_task_group;
using test::leaving;
using test::trace;

constexpr duration forever = duration::forever();

// --- test_cancel_shielding. A shield cannot be switched in place: it is up while its operation
// runs.

TEST(test_cancel_shielding, hides_the_cancelled_outer_scope_until_it_is_left) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            outer.cancel();
            auto inside = [&]() -> async<> {
                co_await patio::yield();
                say("yielded");
                co_await patio::sleep(1s);
                say("slept");
            };
            co_await shield(inside());
            say("left");  // which is no suspension
            co_await patio::yield();
            say("not this");
        });
        EXPECT_EQ(patio::now(), time_point{1s});
    });
    EXPECT_EQ(say, "yielded slept left");
}

TEST(test_cancel_shielding, is_pierced_by_a_scope_inside_of_it) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            outer.cancel();
            auto inside = [&]() -> async<> {
                co_await with_task_group([&](task_group& innermost) -> async<> {
                    const leaving end{say, "innermost"};
                    innermost.cancel();
                    co_await patio::yield();
                    say("not this");
                });
                co_await patio::yield();
                say("still hidden");
            };
            co_await shield(inside());
        });
    });
    EXPECT_EQ(say, "innermost still hidden");
}

TEST(test_cancel_shielding, does_not_hide_what_is_cancelled_right_inside_of_it) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            auto body = [&](task_group& inner) -> async<> {
                const leaving end{say, "inner"};
                outer.cancel();
                co_await patio::yield();
                say("yielded");
                inner.cancel();
                co_await patio::yield();
                say("not this");
            };
            co_await shield(with_task_group(body));
            say("outer");
            co_await patio::yield();
            say("nor this");
        });
        say("end");
    });
    EXPECT_EQ(say, "yielded inner outer end");
}

TEST(test_cancel_shielding, can_be_taken_down_and_put_up_again_with_no_wait_between) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            outer.cancel();
            co_await shield(patio::sleep(1s));
            say("one");
            co_await shield(patio::sleep(1s));
            say("two");
            co_await patio::checkpoint();
            say("not this");
            co_await shield(patio::sleep(1s));
        });
        EXPECT_EQ(patio::now(), time_point{2s});
    });
    EXPECT_EQ(say, "one two");
}

// --- test_cancel_inheritance

/// Two workers with two leaves each; a leaf says its name when it is unwound and notes the turn.
class tree_of_sleepers {
public:
    async<> leaf(std::string name) {
        const ending at_end{*this, std::move(name)};
        co_await patio::sleep(forever);
        names_("not this");
    }
    async<> worker(std::string name) {
        co_await with_task_group([this, &name](task_group& group) -> async<> {
            group.spawn(leaf(name + "-l1"));
            group.spawn(leaf(name + "-l2"));
            co_return;
        });
        names_("nor this");
    }
    [[nodiscard]] const trace& names() const { return names_; }
    [[nodiscard]] const std::vector<std::uint64_t>& turns() const { return turns_; }

private:
    class ending {
    public:
        ending(tree_of_sleepers& tree, std::string name) : tree_{tree}, name_{std::move(name)} {}
        ending(const ending&) = delete;
        ending& operator=(const ending&) = delete;
        ~ending() {
            tree_.names_(name_);
            tree_.turns_.push_back(patio::testing::turn());
        }

    private:
        tree_of_sleepers& tree_;
        std::string name_;
    };

    trace names_;
    std::vector<std::uint64_t> turns_;
};

TEST(test_cancel_inheritance, reaches_grandchildren_that_had_not_started) {
    tree_of_sleepers tree;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& group) -> async<> {
            group.spawn(tree.worker("w1"));
            group.spawn(tree.worker("w2"));
            group.cancel();
            co_return;
        });
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(tree.names(), "w1-l1 w1-l2 w2-l1 w2-l2");
}

TEST(test_cancel_inheritance, reaches_all_grandchildren_in_one_turn_the_newest_first) {
    tree_of_sleepers tree;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& group) -> async<> {
            group.spawn(tree.worker("w1"));
            group.spawn(tree.worker("w2"));
            co_await patio::sleep(1s);
            group.cancel();
        });
        EXPECT_EQ(patio::now(), time_point{1s});
    });
    EXPECT_EQ(tree.names(), "w2-l2 w2-l1 w1-l2 w1-l1");
    const std::vector<std::uint64_t> same_turn(4, tree.turns().front());
    EXPECT_EQ(tree.turns(), same_turn);
}

// --- test_cancel_scope_nesting

TEST(test_cancel_scope_nesting, lets_the_outer_of_two_cancelled_scopes_win) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group&) -> async<> {
            co_await with_task_group([&](task_group& second) -> async<> {
                const leaving second_ends{say, "second"};
                co_await with_task_group([&](task_group& third) -> async<> {
                    const leaving third_ends{say, "third"};
                    third.cancel();
                    second.cancel();
                    co_await patio::sleep(forever);
                });
                say("not this");
            });
            say("first");
            co_await patio::yield();
            say("goes on");
        });
    });
    EXPECT_EQ(say, "third second first goes on");
}

TEST(test_cancel_scope_nesting, ends_a_scope_inside_a_shield_alone_and_the_outer_one_later) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& first) -> async<> {
            const leaving first_ends{say, "first"};
            first.cancel();
            auto body = [&](task_group& second) -> async<> {
                const leaving second_ends{say, "second"};
                co_await patio::yield();
                second.cancel();
                co_await patio::yield();
                say("not this");
            };
            co_await shield(with_task_group(body));
            say("between");
            co_await patio::yield();
            say("nor this");
        });
    });
    EXPECT_EQ(say, "second between first");
}

TEST(test_cancel_scope_nesting, delivers_nothing_once_the_cancelled_scope_has_been_left) {
    patio::testing::run([]() -> async<> {
        auto body = [](task_group& scope) -> async<int> {
            scope.cancel();
            co_await shield(patio::yield());
            co_return 5;
        };
        const int value = co_await with_task_group(body);  // else it throws task_cancelled
        EXPECT_EQ(value, 5);
        EXPECT_FALSE(patio::current_task().cancelling());
        const auto before = patio::testing::turn();
        co_await patio::yield();
        EXPECT_EQ(patio::testing::turn(), before + 1);
    });
}

// --- test_unshield_while_cancel_propagating. What puts up a shield while a cancellation passes is
// a `finally`.

TEST(test_unshield_while_cancel_propagating, leaves_the_outcome_to_the_scope_that_was_cancelled) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            auto body = [&]() -> async<> {
                const leaving end{say, "body"};
                outer.cancel();
                co_await patio::yield();
                say("not this");
            };
            auto cleanup = [&]() -> async<> {
                co_await patio::sleep(1s);
                say("cleanup");
            };
            const bool has_ended = co_await move_on_after(1h, patio::finally(body(), cleanup));
            say(has_ended ? "nor this" : "nor that");
        });
        say("outer");
        EXPECT_EQ(patio::now(), time_point{1s});
    });
    EXPECT_EQ(say, "body cleanup outer");
}

// --- test_cancel_scope_misnesting. Scopes cannot be misnested: each is an expression, which ends
// before what is around it. These are the ways that are left to hold one from elsewhere.

TEST(test_cancel_scope_misnesting_1, is_ruled_out_as_no_scope_can_be_made_or_moved_by_hand) {
    static_assert(!std::is_default_constructible_v<task_group>);
    static_assert(!std::is_copy_constructible_v<task_group>);
    static_assert(!std::is_move_constructible_v<task_group>);
    static_assert(!std::is_copy_assignable_v<task_group>);
    static_assert(!std::is_default_constructible_v<patio::deadline>);
    static_assert(!std::is_copy_constructible_v<patio::deadline>);
    static_assert(!std::is_move_constructible_v<patio::deadline>);
    static_assert(!std::is_copy_assignable_v<patio::deadline>);
}

// A task that goes on in a scope which has ended is what trio has to report. Here the scope waits:
// only for who comes too late is there an error.
TEST(test_cancel_scope_misnesting_2,
     waits_for_the_tasks_inside_and_refuses_more_once_it_has_ended) {
    trace say;
    patio::testing::run([&]() -> async<> {
        task_group* scope = nullptr;
        std::string refusal;
        patio::task<> last;
        auto latecomer = [&]() -> async<> {
            co_await last;  // goes on when the group has settled, but still exists
            try {
                scope->spawn(test::nap_quietly(1s));
            } catch (const patio::group_closed& error) {
                refusal = error.what();
            }
        };
        patio::task<> waiting;
        co_await with_task_group([&](task_group& group) -> async<> {
            scope = &group;
            last = group.spawn(test::nap(say, "task", 1s));
            waiting = patio::create_task(latecomer());
            say("body");
            co_return;
        });
        say("ended");
        EXPECT_EQ(patio::now(), time_point{1s});
        co_await waiting;
        EXPECT_EQ(refusal, "the task group has ended and takes no more tasks");
    });
    EXPECT_EQ(say, "body woke task ended");
}

TEST(test_cancel_scope_misnesting_3, lets_an_unrelated_task_end_a_scope_by_cancelling_it_only) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& group) -> async<> {
            auto opens_a_scope = [&](patio::ready<task_group*> started) -> async<> {
                co_await with_task_group([&](task_group& scope) -> async<> {
                    const leaving end{say, "scope"};
                    started(&scope);
                    co_await patio::sleep(forever);
                });
                say("its task");
                co_await patio::sleep(1s);
                say("goes on");
            };
            task_group* scope = co_await group.start<task_group*>(opens_a_scope);
            scope->cancel();
            scope->cancel();  // no error, and no effect
            EXPECT_FALSE(patio::current_task().cancelling());
        });
        EXPECT_EQ(patio::now(), time_point{1s});
    });
    EXPECT_EQ(say, "scope its task goes on");
}

// --- test_cancel_scope_exceptiongroup_filtering

TEST(test_cancel_scope_exceptiongroup_filtering, leaves_the_one_failure_of_a_cancelled_group) {
    std::optional<patio::exception_group> caught;
    trace say;
    patio::testing::run([&]() -> async<> {
        auto crasher = []() -> async<> {
            throw std::out_of_range{"key"};
            co_return;
        };
        auto body = [&](task_group& outer) -> async<> {
            co_await with_task_group([&](task_group& nursery) -> async<> {
                nursery.spawn(test::nap(say, "t1", forever));
                nursery.spawn(test::nap(say, "t2", forever));
                nursery.cancel();
                co_await shield(patio::sleep(1s));
                nursery.spawn(test::nap(say, "t3", forever));
                outer.cancel();
                nursery.spawn(crasher).set_name("t4");
            });
            say("not this");
        };
        try {
            co_await with_task_group(body);
        } catch (const patio::exception_group& failures) {
            caught = failures;
        }
        EXPECT_EQ(patio::now(), time_point{1s});
    });
    EXPECT_EQ(say, "t1 t2 t3");
    ASSERT_TRUE(caught);
    ASSERT_EQ(caught->size(), 1U);
    EXPECT_STREQ((*caught)[0].task_name(), "") << "it came through the outer scope's body";
    try {
        std::rethrow_exception((*caught)[0].error());
    } catch (const patio::exception_group& inner) {
        ASSERT_EQ(inner.size(), 1U);
        EXPECT_STREQ(inner[0].task_name(), "t4");
        EXPECT_THROW(std::rethrow_exception(inner[0].error()), std::out_of_range);
    }
}

// --- test_child_crash_wakes_parent

TEST(test_child_crash_wakes_parent, and_it_gets_the_failure_at_once) {
    std::vector<std::string> texts;
    trace say;
    patio::testing::run([&]() -> async<> {
        auto crasher = []() -> async<> {
            throw std::invalid_argument{"this is a crash"};
            co_return;
        };
        try {
            co_await with_task_group([&](task_group& group) -> async<> {
                const leaving end{say, "woken"};
                group.spawn(crasher);
                co_await patio::sleep(forever);
                say("not this");
            });
        } catch (const patio::exception_group& failures) {
            for (const auto& one : failures) {
                try {
                    std::rethrow_exception(one.error());
                } catch (const std::invalid_argument& error) {
                    texts.emplace_back(error.what());
                }
            }
        }
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(texts, std::vector<std::string>{"this is a crash"});
    EXPECT_EQ(say, "woken");
}

// --- test_timeouts

TEST(test_move_on_after_moves_on_even_if_shielded, when_its_own_time_is_over) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            outer.cancel();
            const bool has_ended = co_await shield(move_on_after(1s, patio::sleep(forever)));
            say(has_ended ? "ended" : "moved on");
            co_await patio::yield();
            say("not this");
        });
        EXPECT_EQ(patio::now(), time_point{1s});
    });
    EXPECT_EQ(say, "moved on");
}

TEST(test_fail_after_fails_even_if_shielded, when_its_own_time_is_over) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await with_task_group([&](task_group& outer) -> async<> {
            outer.cancel();
            const auto seen =
                co_await test::what_of(shield(patio::timeout(1s, patio::sleep(forever))));
            say(seen);
            co_await patio::yield();
            say("not this");
        });
        EXPECT_EQ(patio::now(), time_point{1s});
    });
    EXPECT_EQ(say, "timed out");
}

TEST(test_context_shields_from_outer, as_long_as_it_is_up) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto limited = [&](task_group& outer) -> async<> {
            outer.cancel();
            co_await patio::yield();
            say("shielded");
        };
        co_await with_task_group([&](task_group& outer) -> async<> {
            const bool has_ended = co_await shield(move_on_after(1s, limited(outer)));
            say(has_ended ? "ended" : "moved on");
            co_await patio::yield();
            say("not this");
        });
        co_await with_task_group([&](task_group& outer) -> async<> {
            co_await shield(patio::timeout(1s, limited(outer)));
            say("in time");
            co_await patio::yield();
            say("nor this");
        });
        EXPECT_EQ(patio::now(), time_point{});
    });
    EXPECT_EQ(say, "shielded ended shielded in time");
}

}  // namespace
