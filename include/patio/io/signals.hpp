// SPDX-License-Identifier: MIT
#pragma once

// Signals of the operating system, awaited like any other event.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>

namespace patio {

namespace detail {
struct signals_state;
}

/// Listens to signals as long as it lives.
///
/// ```
/// patio::signals requests{SIGTERM, SIGHUP};
/// while (auto number = co_await requests.next()) {
///     if (*number == SIGTERM) break;
///     reload();
/// }
/// ```
///
/// Listening takes a signal away from whatever the program did with it, SIG_IGN included; the last
/// listener of a number, on whichever loop, gives that back. Every listener hears every signal.
/// While somebody listens to SIGINT, Ctrl-C does nothing else: it neither cancels main nor ends the
/// program the second time. The same holds for SIGQUIT and the printing of tasks. Afterwards
/// `run()` handles them as before.
///
/// Several signals of one number that come before `next()` is asked again are one, as they are for
/// the kernel.
///
/// **Use** an `event` that a small task sets, where several parts of a program wait for a stop.
/// **Fails** to be made: with usage_error outside of a running loop, for SIGKILL and SIGSTOP, which
/// nobody can have, and for SIGSEGV, SIGBUS, SIGFPE and SIGILL: what they say about an instruction
/// cannot wait for a turn of the loop.
/// **Threads** those of its loop. Signals that one thread sends to another one are heard, too.
/// **Source** asyncio's add_signal_handler; signal-safety(7).
class PATIO_EXPORT signals {
public:
    using loop_affine = void;

    template <std::convertible_to<int>... More>
    explicit signals(int first, More... more)
        : signals{list<sizeof...(More) + 1>{{first, more...}}} {}
    signals(signals&& other) noexcept;
    signals& operator=(signals&& other) noexcept;
    ~signals();

    /// Waits for the next signal, in the order of their arrival. **Returns** its number; empty once
    /// this is closed or gone.
    /// **Suspends** only if none has come.
    /// **Fails** with usage_error if another task waits already: each of them would hear half.
    /// **Cancel** a signal that has come stays and is given next.
    [[nodiscard]] async<std::optional<int>> next();

    /// Listens no more; what has come already is dropped.
    void close() noexcept;
    [[nodiscard]] bool is_closed() const noexcept { return state_ == nullptr; }

private:
    template <std::size_t N>
    struct list {
        int numbers[N];
    };
    template <std::size_t N>
    explicit signals(const list<N>& of) : signals{of.numbers, N} {}
    signals(const int* numbers, std::size_t count);

    // Shared with the operation that waits, which may outlive this object.
    std::shared_ptr<detail::signals_state> state_;
};

}  // namespace patio
