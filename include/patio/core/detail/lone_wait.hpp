// SPDX-License-Identifier: MIT
#pragma once

// Waiting through an object of which each has its own, like the receiver of a broadcast: by one
// task at a time, while the object may move or end.

#include <patio/base/config.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/wait_list.hpp>

#include <source_location>
#include <utility>

namespace patio::detail {

class lone_wait;

/// An end of a channel through which one task at a time may wait. It and the waiting operation know
/// each other, so each may end first.
class PATIO_EXPORT lone_end {
public:
    lone_end(const lone_end&) = delete;
    lone_end& operator=(const lone_end&) = delete;

protected:
    lone_end() noexcept = default;
    lone_end(lone_end&& other) noexcept { take_wait(other); }
    ~lone_end() = default;

    /// Who waits through `other` waits through this one; nobody may yet.
    void take_wait(lone_end& other) noexcept;
    /// Who waits through it gets channel_closed. Every destructor begins with this.
    void end_wait() noexcept;
    /// **Fails** with usage_error if a task waits through it.
    void check_not_awaited() const;

    [[noreturn, gnu::cold]] static void throw_end_closed();

private:
    friend lone_wait;
    lone_wait* waiting_ = nullptr;
};

/// The part of the waiting operation that does not depend on types: what the task's `payload`
/// points to.
class PATIO_EXPORT lone_wait {
public:
    explicit lone_wait(lone_end& through) noexcept : end_{&through} {}
    lone_wait(lone_wait&& unstarted) noexcept : end_{unstarted.end_} {}
    lone_wait& operator=(lone_wait&&) = delete;
    ~lone_wait() { leave(); }

protected:
    /// Waits in `line` of `target`, for reports a wait of that kind.
    void wait_in(wait_list& line, wait_kind kind, const void* target, awaiting_frame frame,
                 place where) noexcept;
    /// After the wait. **Fails** with channel_closed if the end was closed meanwhile.
    void finish();
    [[nodiscard]] lone_end& end() const noexcept { return *end_; }

private:
    friend lone_end;
    void leave() noexcept {
        if (task_ != nullptr && end_ != nullptr) end_->waiting_ = nullptr;
        task_ = nullptr;
    }

    const void* target_ = nullptr;  // the first member: reports look here
    lone_end* end_;                 // null: it was closed while this waited
    task_block* task_ = nullptr;    // not null while the end knows about this
};

}  // namespace patio::detail
