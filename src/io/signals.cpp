// SPDX-License-Identifier: MIT

#include <patio/io/signals.hpp>

#include "core/exclusive_claim.hpp"
#include "io_driver.hpp"
#include "signal_watch.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/sync/event.hpp>

#include <algorithm>
#include <csignal>
#include <memory>
#include <utility>
#include <vector>

namespace patio {
namespace detail {

namespace {

/// What a failing instruction raises: its handler must not return.
bool is_fault(int number) noexcept {
    return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
}

}  // namespace

struct signals_state {
    std::vector<std::unique_ptr<signal_watch>> watches;
    std::vector<int> arrived;  // each number once, the oldest first; has room for all
    event has_changed;
    bool is_awaited = false;

    void listen_to(int number) {
        if (is_fault(number)) throw usage_error{"a fault of an instruction cannot be awaited"};
        auto watch = std::make_unique<signal_watch>(
            this_thread_loop(), number, signal_manner::taken, [this, number] { add(number); });
        if (!watch->is_active()) throw usage_error{"this signal cannot be had by anybody"};
        watches.push_back(std::move(watch));
        arrived.reserve(watches.size());
    }
    void add(int number) noexcept {
        if (std::find(arrived.begin(), arrived.end(), number) == arrived.end()) {
            arrived.push_back(number);
        }
        has_changed.set();
    }
    void close() noexcept {
        watches.clear();
        arrived.clear();
        has_changed.set();
    }
};

namespace {

/// Marks a listener as awaited. A signal may come at any time, so the loop that waits for nothing
/// else is no deadlock.
class awaiting_signal {
public:
    explicit awaiting_signal(signals_state& state)
        : claim_{state.is_awaited, "two tasks wait for the next of the same signals"} {
        this_thread_loop().add_external(1);
    }
    awaiting_signal(const awaiting_signal&) = delete;
    awaiting_signal& operator=(const awaiting_signal&) = delete;
    ~awaiting_signal() { this_thread_loop().add_external(-1); }

private:
    exclusive_claim claim_;
};

async<std::optional<int>> next_of(std::shared_ptr<signals_state> state) {
    if (state == nullptr) co_return std::nullopt;
    const awaiting_signal here{*state};
    while (state->arrived.empty()) {
        if (state->watches.empty()) co_return std::nullopt;
        state->has_changed.clear();
        co_await state->has_changed.wait();
    }
    const int number = state->arrived.front();
    state->arrived.erase(state->arrived.begin());
    co_return number;
}

}  // namespace
}  // namespace detail

signals::signals(const int* numbers, std::size_t count)
    : state_{std::make_shared<detail::signals_state>()} {
    static_cast<void>(detail::io_driver::of_this_loop());  // only ours can be woken by a handler
    for (const int* number = numbers; number != numbers + count; ++number)
        state_->listen_to(*number);
}

signals::signals(signals&& other) noexcept = default;

signals& signals::operator=(signals&& other) noexcept {
    if (this != &other) {
        close();
        state_ = std::move(other.state_);
    }
    return *this;
}

signals::~signals() { close(); }

void signals::close() noexcept {
    if (const auto state = std::exchange(state_, nullptr)) state->close();
}

async<std::optional<int>> signals::next() { return detail::next_of(state_); }

}  // namespace patio
