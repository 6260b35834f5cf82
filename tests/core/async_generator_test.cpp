// SPDX-License-Identifier: MIT

#include <patio/core/async_generator.hpp>

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::async_generator;

/// Appends to a text when it is destroyed.
class mark {
public:
    mark(std::string& log, std::string name) : log_{&log}, name_{std::move(name)} {}
    mark(const mark&) = delete;
    mark& operator=(const mark&) = delete;
    ~mark() { *log_ += name_ + ' '; }

private:
    std::string* log_;
    std::string name_;
};

async_generator<int> count_to(int last) {
    for (int i = 1; i <= last; ++i)
        co_yield i;
}

async_generator<int> count_slowly_to(int last) {
    for (int i = 1; i <= last; ++i) {
        co_await patio::sleep(1s);
        co_yield i;
    }
}

async_generator<int> count_with_marks(std::string& log) {
    const mark outer{log, "outer"};
    for (int i = 1;; ++i) {
        const mark inner{log, "inner"};
        co_await patio::sleep(1s);
        co_yield i;
    }
}

async<int> sum_of(async_generator<int> numbers) {
    int sum = 0;
    while (const auto item = co_await numbers.next())
        sum += *item;
    co_return sum;
}

TEST(async_generator, gives_its_items_in_order_and_then_nothing) {
    patio::testing::run([]() -> async<> {
        std::vector<int> seen;
        auto numbers = count_to(3);
        while (const auto item = co_await numbers.next())
            seen.push_back(*item);
        EXPECT_EQ(seen, (std::vector{1, 2, 3}));
        EXPECT_TRUE(numbers.done());
        const auto after = co_await numbers.next();
        EXPECT_FALSE(after.has_value());
    });
}

TEST(async_generator, costs_no_turn_if_its_body_never_waits) {
    patio::testing::run([]() -> async<> {
        const auto before = patio::testing::turn();
        const int sum = co_await sum_of(count_to(100));
        EXPECT_EQ(sum, 5050);
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(async_generator, may_wait_between_its_items) {
    patio::testing::run([]() -> async<> {
        const auto start = patio::now();
        const int sum = co_await sum_of(count_slowly_to(3));
        EXPECT_EQ(sum, 6);
        EXPECT_EQ(patio::now() - start, patio::duration{3s});
    });
}

TEST(async_generator, runs_nothing_until_it_is_asked) {
    patio::testing::run([]() -> async<> {
        bool has_run = false;
        auto body = [&]() -> async_generator<int> {
            has_run = true;
            co_yield 1;
        };
        auto numbers = body();
        EXPECT_FALSE(has_run);
        const auto first = co_await numbers.next();
        EXPECT_EQ(first.value_or(0), 1);
        EXPECT_TRUE(has_run);
    });
}

TEST(async_generator, is_silent_when_it_was_never_asked) {
    patio::testing::run([]() -> async<> {
        { auto forgotten = count_to(3); }
        co_return;
    });
}

TEST(async_generator, does_not_grow_the_stack_over_a_million_items) {
    patio::testing::run([]() -> async<> {
        long sum = 0;
        auto numbers = count_to(1'000'000);
        while (const auto item = co_await numbers.next())
            sum += *item;
        EXPECT_EQ(sum, 500'000'500'000);
    });
}

// --- what it can give

TEST(async_generator, gives_items_that_can_only_be_moved) {
    patio::testing::run([]() -> async<> {
        auto body = []() -> async_generator<std::unique_ptr<int>> {
            co_yield std::make_unique<int>(1);
            auto named = std::make_unique<int>(2);
            co_yield std::move(named);
            EXPECT_EQ(named, nullptr);
        };
        auto pointers = body();
        int sum = 0;
        while (auto item = co_await pointers.next())
            sum += **item;
        EXPECT_EQ(sum, 3);
    });
}

TEST(async_generator, leaves_a_named_item_to_its_body) {
    patio::testing::run([]() -> async<> {
        const std::string long_text(40, 'x');
        auto body = [&]() -> async_generator<std::string> {
            std::string text = long_text;
            co_yield text;
            EXPECT_EQ(text, long_text);
        };
        auto texts = body();
        auto item = co_await texts.next();
        EXPECT_EQ(item.value_or(""), long_text);
        item = co_await texts.next();
        EXPECT_FALSE(item.has_value());
    });
}

TEST(async_generator, converts_what_is_yielded_to_its_item_type) {
    patio::testing::run([]() -> async<> {
        auto body = []() -> async_generator<std::string> { co_yield "text"; };
        auto texts = body();
        const auto item = co_await texts.next();
        EXPECT_EQ(item.value_or(""), "text");
    });
}

TEST(async_generator, gives_references_that_reach_into_its_body) {
    patio::testing::run([]() -> async<> {
        auto body = []() -> async_generator<int&> {
            int value = 1;
            co_yield value;
            EXPECT_EQ(value, 7);
            value = 8;
            co_yield value;
        };
        auto numbers = body();
        auto item = co_await numbers.next();
        EXPECT_EQ(*item, 1);
        *item = 7;
        item = co_await numbers.next();
        EXPECT_EQ(*item, 8);
        item = co_await numbers.next();
        EXPECT_FALSE(item.has_value());
    });
}

TEST(async_generator, gives_const_references_to_temporaries) {
    patio::testing::run([]() -> async<> {
        auto body = []() -> async_generator<const std::string&> {
            co_yield std::string(40, 'a');
            co_yield std::string(40, 'b');
        };
        auto texts = body();
        std::string all;
        while (const auto item = co_await texts.next())
            all += item->front();
        EXPECT_EQ(all, "ab");
    });
}

/// An aggregate, and what GCC 12 must not get to see in a co_yield as `R{…}`.
struct record {
    std::string text;
    int number = 0;
};
/// The same with a constructor.
class entry {
public:
    entry(std::string text, int number) : text_{std::move(text)}, number_{number} {}
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] int number() const { return number_; }

private:
    std::string text_;
    int number_;
};

TEST(async_generator, gives_aggregates_in_every_shape_that_all_compilers_understand) {
    patio::testing::run([]() -> async<> {
        const std::string text(40, 'r');
        auto make = [&](int number) { return record{text, number}; };
        auto body = [&]() -> async_generator<record> {
            record named{text, 1};
            co_yield named;
            co_yield std::move(named);
            co_yield patio::make_item<record>(text, 3);
            co_yield patio::make_item<record>(std::string(40, 'r'), 4);
            co_yield make(5);
        };
        auto records = body();
        std::string numbers;
        while (const auto item = co_await records.next()) {
            EXPECT_EQ(item->text, text);
            numbers += std::to_string(item->number);
        }
        EXPECT_EQ(numbers, "11345");
    });
}

TEST(async_generator, gives_classes_with_constructors_as_temporaries_and_as_lists) {
    patio::testing::run([]() -> async<> {
        const std::string text(40, 'e');
        auto body = [&]() -> async_generator<entry> {
            co_yield entry{text, 1};
            co_yield {text, 2};
        };
        auto entries = body();
        int sum = 0;
        while (const auto item = co_await entries.next()) {
            EXPECT_EQ(item->text(), text);
            sum += item->number();
        }
        EXPECT_EQ(sum, 3);
    });
}

TEST(async_generator, gives_what_it_has_awaited) {
    patio::testing::run([]() -> async<> {
        auto fetch = []() -> async<record> {
            co_await patio::sleep(1s);
            record made{std::string(40, 'f'), 1};
            co_return made;
        };
        auto body = [&]() -> async_generator<record> { co_yield co_await fetch(); };
        auto records = body();
        const auto item = co_await records.next();
        EXPECT_EQ(item->text.size(), 40U);
    });
}

// --- how it ends

TEST(async_generator, throws_what_its_body_throws_into_the_consumer_and_is_done) {
    patio::testing::run([]() -> async<> {
        auto body = []() -> async_generator<int> {
            co_yield 1;
            co_await patio::sleep(1s);
            throw std::runtime_error{"boom"};
        };
        auto numbers = body();
        const auto first = co_await numbers.next();
        EXPECT_EQ(first.value_or(0), 1);
        std::string seen;
        try {
            co_await numbers.next();
        } catch (const std::runtime_error& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "boom");
        EXPECT_TRUE(numbers.done());
        const auto after = co_await numbers.next();
        EXPECT_FALSE(after.has_value());
    });
}

TEST(async_generator, throws_what_copying_an_item_throws_and_can_go_on) {
    struct fragile {
        int number;
        explicit fragile(int n) : number{n} {}
        fragile(const fragile& other) : number{other.number} {
            if (number == 1) throw std::runtime_error{"cannot be copied"};
        }
    };
    patio::testing::run([]() -> async<> {
        auto body = []() -> async_generator<fragile> {
            const fragile first{1};
            co_yield first;
            const fragile second{2};
            co_yield second;
        };
        auto items = body();
        bool has_thrown = false;
        try {
            co_await items.next();
        } catch (const std::runtime_error&) {
            has_thrown = true;
        }
        EXPECT_TRUE(has_thrown);
        const auto second = co_await items.next();
        EXPECT_EQ(second->number, 2);
    });
}

TEST(async_generator, dropped_early_runs_its_destructors) {
    patio::testing::run([]() -> async<> {
        std::string log;
        {
            auto numbers = count_with_marks(log);
            const auto first = co_await numbers.next();
            EXPECT_EQ(first.value_or(0), 1);
            EXPECT_EQ(log, "");
        }
        EXPECT_EQ(log, "inner outer ");
    });
}

TEST(async_generator, assigned_to_closes_what_it_was_before) {
    patio::testing::run([]() -> async<> {
        std::string log;
        auto numbers = count_with_marks(log);
        const auto first = co_await numbers.next();
        EXPECT_EQ(first.value_or(0), 1);
        numbers = count_slowly_to(9);
        EXPECT_EQ(log, "inner outer ");
        const auto other = co_await numbers.next();
        EXPECT_EQ(other.value_or(0), 1);
    });
}

TEST(async_generator, can_be_moved_between_items_and_consumed_by_other_tasks) {
    patio::testing::run([]() -> async<> {
        auto numbers = count_slowly_to(4);
        const auto first = co_await numbers.next();
        auto rest = patio::create_task(sum_of(std::move(numbers)));
        EXPECT_TRUE(numbers.done());
        const auto nothing = co_await numbers.next();
        EXPECT_FALSE(nothing.has_value());
        const int sum = co_await std::move(rest);
        EXPECT_EQ(first.value_or(0) + sum, 10);
    });
}

// --- cancellation

TEST(async_generator, is_closed_by_a_timeout_around_next) {
    patio::testing::run([]() -> async<> {
        std::string log;
        auto numbers = count_with_marks(log);
        const auto in_time = co_await patio::timeout(2s, numbers.next());
        EXPECT_EQ(in_time.value_or(0), 1);
        bool has_timed_out = false;
        try {
            co_await patio::timeout(500ms, numbers.next());
        } catch (const patio::timed_out&) {
            has_timed_out = true;
            EXPECT_EQ(log, "inner inner outer ");
        }
        EXPECT_TRUE(has_timed_out);
        EXPECT_TRUE(numbers.done());
        const auto after = co_await numbers.next();
        EXPECT_FALSE(after.has_value());
    });
}

TEST(async_generator, is_closed_with_the_frame_that_waits_for_it_and_before_that_frame) {
    patio::testing::run([]() -> async<> {
        std::string log;
        auto consume = [&](async_generator<int>& numbers) -> async<> {
            const mark consumer{log, "consumer"};
            while (auto number = co_await numbers.next())
                (void)number;
        };
        auto numbers = count_with_marks(log);
        const bool is_whole = co_await patio::move_on_after(2500ms, consume(numbers));
        EXPECT_FALSE(is_whole);
        EXPECT_EQ(log, "inner inner inner outer consumer ");
        EXPECT_TRUE(numbers.done());
    });
}

TEST(async_generator, unwinds_what_it_awaits_innermost_first) {
    patio::testing::run([]() -> async<> {
        std::string log;
        auto leaf = [&]() -> async<> {
            const mark here{log, "leaf"};
            co_await patio::sleep(1h);
        };
        auto body = [&]() -> async_generator<int> {
            const mark here{log, "generator"};
            co_await patio::gather(leaf(), leaf());
            co_yield 1;
        };
        auto numbers = body();
        const auto item = co_await patio::move_on_after(1s, numbers.next());
        EXPECT_FALSE(item.has_value());
        EXPECT_EQ(log, "leaf leaf generator ");
    });
}

TEST(async_generator, may_use_timeouts_in_its_body) {
    patio::testing::run([]() -> async<> {
        auto body = []() -> async_generator<std::string> {
            const bool is_whole = co_await patio::move_on_after(1s, patio::sleep(1h));
            co_yield is_whole ? "whole" : "cut";
            try {
                co_await patio::timeout(1s, patio::sleep(1h));
            } catch (const patio::timed_out&) {
                // An expected outcome: the generator goes on.
            }
            co_yield "after";
        };
        auto texts = body();
        std::string all;
        while (const auto item = co_await texts.next())
            all += *item + ' ';
        EXPECT_EQ(all, "cut after ");
    });
}

TEST(async_generator, passes_a_throwing_scopes_exception_on) {
    patio::testing::run([]() -> async<> {
        std::string log;
        auto numbers = count_with_marks(log);
        auto consume = [&]() -> async<> {
            try {
                while (auto number = co_await numbers.next())
                    (void)number;
            } catch (...) {
                log += "caught ";
                throw;
            }
        };
        const bool is_whole =
            co_await patio::move_on_after(500ms, patio::throwing_scope(consume()));
        EXPECT_FALSE(is_whole);
        EXPECT_EQ(log, "inner outer caught ");
    });
}

TEST(async_generator, refuses_a_second_task_while_one_waits) {
    patio::testing::run([]() -> async<> {
        auto numbers = count_slowly_to(2);
        auto ask = [&]() -> async<int> {
            const auto item = co_await numbers.next();
            co_return item.value_or(0);
        };
        auto [first, second] = co_await patio::gather_settled(ask(), ask());
        EXPECT_EQ(first.value(), 1);
        EXPECT_THROW(second.value(), patio::usage_error);
        const auto next = co_await numbers.next();
        EXPECT_EQ(next.value_or(0), 2);
    });
}

TEST(async_generator, frees_everything_wherever_its_consumer_is_cancelled) {
    const auto body = []() -> async<> {
        std::string log;
        auto inner = [&]() -> async_generator<int> {
            const mark here{log, "inner"};
            for (int i = 0; i < 2; ++i) {
                co_await patio::sleep(1s);
                co_yield i;
            }
        };
        auto outer = [&]() -> async_generator<std::string> {
            const mark here{log, "outer"};
            auto numbers = inner();
            while (const auto item = co_await numbers.next()) {
                co_await patio::yield();
                co_yield std::string(40, static_cast<char>('a' + *item));
            }
        };
        auto texts = outer();
        while (const auto item = co_await texts.next())
            co_await patio::yield();
    };
    EXPECT_GT(patio::testing::cancel_everywhere(body), 5U);
}

}  // namespace
