// SPDX-License-Identifier: MIT

#include "epoll_driver.hpp"

#include "kernel_op.hpp"

#include <cerrno>
#include <ctime>
#include <system_error>

#include <sys/epoll.h>
#include <sys/syscall.h>

namespace patio::detail {

namespace {

/// How many events one call takes: more wait for the next turn.
constexpr int events_max = 256;

/// Whether this process cannot have epoll_pwait2(2). It stays so: neither a kernel nor a seccomp
/// filter gives back what it has refused.
bool is_pwait2_refused = false;

/// An old kernel says ENOSYS. A container's filter that does not know the call says what it likes,
/// EPERM for the most part; the call itself never fails like that.
bool means_refused(int error) noexcept {
    return error == ENOSYS || error == EPERM || error == EACCES;
}

/// epoll_pwait2(2), Linux 5.11: the one with nanoseconds. Where it cannot be had, waits are a
/// millisecond's fraction too long rather than spin.
int wait_for_events(int epoll, epoll_event* events, duration timeout) noexcept {
    const bool is_endless = timeout == duration::forever();
    if (!__atomic_load_n(&is_pwait2_refused, __ATOMIC_RELAXED)) {
        timespec limit{};
        limit.tv_sec = static_cast<time_t>(timeout.count() / 1'000'000'000);
        limit.tv_nsec = static_cast<long>(timeout.count() % 1'000'000'000);
        const auto count = ::syscall(SYS_epoll_pwait2, epoll, events, events_max,
                                     is_endless ? nullptr : &limit, nullptr, 0);
        if (count >= 0 || !means_refused(errno)) return static_cast<int>(count);
        __atomic_store_n(&is_pwait2_refused, true, __ATOMIC_RELAXED);
    }
    constexpr std::int64_t milliseconds_max = 60'000;  // waking up early is allowed
    const std::int64_t milliseconds = (timeout.count() + 999'999) / 1'000'000;
    return ::epoll_wait(
        epoll, events, events_max,
        is_endless ? -1 : static_cast<int>(std::min(milliseconds, milliseconds_max)));
}

}  // namespace

epoll_driver::epoll_driver()
    : epoll_{file_descriptor::checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")} {
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLET;
    interest.data.u64 = user_data{completion_tag::wake}.word();
    if (::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, wake_event(), &interest) != 0) {
        throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
    }
}

void epoll_driver::wait(duration timeout, expecting) noexcept { take_events(timeout); }

void epoll_driver::poll() noexcept {
    check_process();
    if (has_waiters()) take_events(duration{});  // else no event could make a task ready
}

void epoll_driver::take_events(duration timeout) noexcept {
    check_process();
    epoll_event events[events_max];
    const int count = wait_for_events(epoll_.value(), events, timeout);
    for (int i = 0; i < count; ++i) {
        const user_data source{events[i].data.u64};
        if (source.tag() != completion_tag::fd_state) continue;  // woken: the loop looks by itself
        auto& file = source.target<fd_state>();
        if (file.generation == source.generation()) became_ready(file, events[i].events);
    }
}

bool epoll_driver::arm(fd_state& file) noexcept {
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    if (file.is_output_watched) interest.events |= EPOLLOUT;
    interest.data.u64 = user_data{completion_tag::fd_state, &file, file.generation}.word();
    // EPERM: a regular file, always ready. Whatever else is wrong, the operation itself will say.
    return ::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, file.fd, &interest) == 0;
}

void epoll_driver::disarm(fd_state& file) noexcept {
    // close(2) would do it, unless a forked child or dup(2) keeps the file open.
    ::epoll_ctl(epoll_.value(), EPOLL_CTL_DEL, file.fd, nullptr);
}

}  // namespace patio::detail
