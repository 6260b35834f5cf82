// SPDX-License-Identifier: MIT
#pragma once

// The scope of one served connection: it ends what is being done for a client who has gone, or is
// too slow.

#include <patio/core/loop.hpp>
#include <patio/core/stream.hpp>
#include <patio/core/timeout.hpp>
#include <patio/core/transport.hpp>

#include <cstdint>
#include <utility>

namespace patio::http::detail {

/// Why a connection's scope was cut.
enum class cut_cause : std::uint8_t {
    none,       ///< it was not
    peer_gone,  ///< nobody is there to read the answer
    too_slow,   ///< its deadline passed
    stopping,   ///< the server stops
};

/// Runs the coroutine of a connection, and cancels it when the client has gone or its deadline has
/// passed: `const cut_cause why = co_await std::move(guard)`.
///
/// A request costs it nothing. The kernel tells of the end of a connection by itself, once; and a
/// deadline that is put off is only written down: the timer looks at it when it fires. So a
/// connection under load moves its timer once in as long as the shortest limit.
///
/// **Borrows** the stream, which stays where it is.
class connection_guard final : public patio::detail::boundary_operation<void>, public end_watch {
public:
    connection_guard(stream& peer, async<> work) noexcept
        : boundary_operation{std::move(work)}, peer_{peer} {}
    ~connection_guard() override { unwatch(); }

    std::coroutine_handle<> await_suspend(
        patio::detail::awaiting_frame frame,
        std::source_location where = std::source_location::current()) noexcept {
        const auto next = begin(frame, where);
        is_entered_ = true;
        if (transport* carrier = peer_.carrier()) carrier->watch_end(this);
        if (deadline_ != time_point::never()) arm_at(deadline_);
        return patio::detail::transfer(next);
    }
    cut_cause await_resume() {
        is_entered_ = false;
        unwatch();
        if (has(patio::detail::scope_flag::was_unwound)) {
            return cause_ == cut_cause::none ? cut_cause::too_slow : cause_;
        }
        patio::detail::deliver_cancellation();
        result();
        return cut_cause::none;
    }

    /// Ends the work at that point in time, unless another call comes before.
    void expire_at(time_point when) noexcept {
        deadline_ = when;
        if (when < armed_ && is_entered_) arm_at(when);
    }
    /// Whether an end of the client's, of this kind, ends the work.
    void cut_on_end(bool half, bool whole) noexcept {
        cuts_on_half_ = half;
        cuts_on_whole_ = whole;
    }
    void cut(cut_cause why, const char* reason) noexcept {
        if (!is_entered_ || has(patio::detail::scope_flag::cancelled)) return;
        cause_ = why;
        patio::detail::cancel(*this, reason, {});
    }

    void peer_ended(peer_end how) noexcept override {
        const bool cuts = how == peer_end::half ? cuts_on_half_ : cuts_on_whole_;
        if (cuts) cut(cut_cause::peer_gone, "the client has gone");
    }
    [[nodiscard]] bool puts_deadline_off() noexcept override {
        armed_ = time_point::never();
        if (deadline_ <= this_thread_loop().now()) return false;
        if (deadline_ != time_point::never()) arm_at(deadline_);
        return true;
    }
    [[nodiscard]] const char* kind_name() const noexcept override { return "connection"; }

private:
    void arm_at(time_point when) noexcept {
        armed_ = when;
        arm(when.since_origin().count());
    }
    void unwatch() noexcept {
        if (transport* carrier = peer_.carrier()) carrier->watch_end(nullptr);
    }

    stream& peer_;
    time_point deadline_ = time_point::never();
    time_point armed_ = time_point::never();  // where the timer is; never later than deadline_
    cut_cause cause_ = cut_cause::none;
    bool is_entered_ = false;
    bool cuts_on_half_ = false;
    bool cuts_on_whole_ = false;
};

}  // namespace patio::http::detail
