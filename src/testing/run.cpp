// SPDX-License-Identifier: MIT

#include <patio/testing/run.hpp>

#include <patio/base/assert.hpp>
#include <patio/core/errors.hpp>
#include <patio/debug/install.hpp>

#include <algorithm>

namespace patio::testing {

unexpected_report::~unexpected_report() = default;

test_loop::test_loop(run_options options)
    : loop_{time_, time_},
      reports_{options.reports_ != nullptr ? options.reports_ : &own_reports_} {
    debug::install();
    loop_.set_debug(true);
    loop_.shuffle_batches(options.seed_);
    loop_.set_report_sink([this](const report& what) {
        reports_->push_back({what.kind(), what.text(), what.task()});
    });
    loop_.enter();
}

test_loop::~test_loop() {
    loop_.cancel_and_join();
    loop_.leave();
    if (!own_reports_.empty() && std::uncaught_exceptions() == 0) {
        misuse(own_reports_.front().text.c_str());
    }
}

void test_loop::turn() { loop_.turn(false); }

void test_loop::run_until_idle() {
    do {
        loop_.turn(false);
    } while (loop_.has_ready());
}

void test_loop::advance(duration length) {
    PATIO_ASSERT(length >= duration{}, "a loop was told to go back in time: time only goes on");
    run_until_idle();
    const time_point target = time_.now() + length;
    for (time_point next = loop_.next_deadline(); next <= target; next = loop_.next_deadline()) {
        if (next == time_point::never()) return;  // so is the target: nothing is there to fire
        time_.advance(std::max(next - time_.now(), duration{}));
        run_until_idle();
    }
    time_.advance(std::max(target - time_.now(), duration{}));  // a task may have moved it further
    run_until_idle();
}

void test_loop::finish() {
    loop_.cancel_and_join();
    throw_reports();
}

void test_loop::throw_reports() {
    if (own_reports_.empty()) return;
    std::string text;
    for (const kept_report& one : own_reports_) {
        if (!text.empty()) text += '\n';
        text += one.text;
    }
    own_reports_.clear();
    throw unexpected_report{text};
}

std::uint64_t turn() noexcept { return this_thread_loop().turn_count(); }

}  // namespace patio::testing
