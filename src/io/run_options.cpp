// SPDX-License-Identifier: MIT

#include <patio/io/run_options.hpp>

#include "run_settings.hpp"

#include <patio/core/errors.hpp>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace patio {

namespace detail {

/// A sink that copies of the options share.
struct shared_sink {
    explicit shared_sink(report_sink sink) : receive{std::move(sink)} {}

    report_sink receive;
    std::recursive_mutex lock;  // of programs with several loops; a sink may cause a report
    std::uint32_t refs = 1;
};

namespace {

shared_sink* share(shared_sink* sink) noexcept {
    if (sink != nullptr) __atomic_add_fetch(&sink->refs, 1, __ATOMIC_RELAXED);
    return sink;
}

void drop(shared_sink* sink) noexcept {
    if (sink != nullptr && __atomic_sub_fetch(&sink->refs, 1, __ATOMIC_ACQ_REL) == 0) delete sink;
}

/// Keeps a shared sink alive inside a loop.
class sink_keeper {
public:
    sink_keeper(shared_sink* sink, std::size_t loop_count) noexcept
        : sink_{share(sink)}, has_many_loops_{loop_count > 1} {}
    sink_keeper(sink_keeper&& other) noexcept
        : sink_{std::exchange(other.sink_, nullptr)}, has_many_loops_{other.has_many_loops_} {}
    sink_keeper& operator=(sink_keeper&&) = delete;
    ~sink_keeper() { drop(sink_); }
    void operator()(const report& what) const {
        std::unique_lock guard{sink_->lock, std::defer_lock};
        if (has_many_loops_) guard.lock();
        sink_->receive(what);
    }

private:
    shared_sink* sink_;
    bool has_many_loops_;
};

std::string_view environment(const char* name) noexcept {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::size_t count_of_processors() noexcept {
    return std::max(1U, std::thread::hardware_concurrency());
}

driver_kind kind_from_environment() {
    const std::string_view word = environment("PATIO_DRIVER");
    if (word.empty() || word == "automatic") return driver_kind::automatic;
    if (word == "uring" || word == "io_uring") return driver_kind::io_uring;
    if (word == "epoll") return driver_kind::epoll;
    const std::string text = "PATIO_DRIVER is '" + std::string{word} + "': write uring or epoll";
    throw usage_error{text.c_str()};
}

}  // namespace

run_settings::run_settings(const run_options& options)
    : is_debug{options.debug_ >= 0 ? options.debug_ != 0 : environment("PATIO_DEBUG") == "1"},
      kind{options.kind_ != driver_kind::automatic ? options.kind_ : kind_from_environment()},
      sigint{options.sigint_},
      loop_count{options.loop_count_ > 0 ? options.loop_count_ : count_of_processors()},
      custom_driver{options.driver_},
      custom_clock{options.clock_},
      watchdog_limit{options.watchdog_},
      slow_step_limit{options.slow_step_} {
    if (slow_step_limit < duration{}) slow_step_limit = is_debug ? watchdog_limit : duration{};
    if (options.sink_ != nullptr) sink = sink_keeper{options.sink_, loop_count};
    if (loop_count > 1 && (custom_driver != nullptr || custom_clock != nullptr)) {
        throw usage_error{
            "a driver or a clock of one's own serves one loop: leave run_options::loops at one"};
    }
}

}  // namespace detail

run_options::run_options() noexcept = default;

run_options::run_options(const run_options& other) noexcept
    : kind_{other.kind_},
      sigint_{other.sigint_},
      debug_{other.debug_},
      loop_count_{other.loop_count_},
      driver_{other.driver_},
      clock_{other.clock_},
      sink_{detail::share(other.sink_)},
      watchdog_{other.watchdog_},
      slow_step_{other.slow_step_} {}

run_options& run_options::operator=(const run_options& other) noexcept {
    detail::shared_sink* old = std::exchange(sink_, detail::share(other.sink_));
    kind_ = other.kind_;
    sigint_ = other.sigint_;
    debug_ = other.debug_;
    loop_count_ = other.loop_count_;
    driver_ = other.driver_;
    clock_ = other.clock_;
    watchdog_ = other.watchdog_;
    slow_step_ = other.slow_step_;
    detail::drop(old);
    return *this;
}

run_options::~run_options() { detail::drop(sink_); }

run_options& run_options::debug(bool on) noexcept {
    debug_ = on ? 1 : 0;
    return *this;
}

run_options& run_options::driver(driver_kind kind) noexcept {
    kind_ = kind;
    driver_ = nullptr;
    return *this;
}

run_options& run_options::driver(patio::driver& custom) noexcept {
    driver_ = &custom;
    return *this;
}

run_options& run_options::clock(patio::clock& custom) noexcept {
    clock_ = &custom;
    return *this;
}

run_options& run_options::on_report(report_sink sink) {
    auto* shared = new detail::shared_sink{std::move(sink)};
    detail::drop(std::exchange(sink_, shared));
    return *this;
}

run_options& run_options::handle_sigint(on_sigint action) noexcept {
    sigint_ = action;
    return *this;
}

run_options& run_options::loops(std::size_t count) noexcept {
    loop_count_ = count;
    return *this;
}

run_options& run_options::watchdog(duration limit) noexcept {
    watchdog_ = limit;
    return *this;
}

run_options& run_options::report_slow_steps(duration limit) noexcept {
    slow_step_ = limit;
    return *this;
}

}  // namespace patio
