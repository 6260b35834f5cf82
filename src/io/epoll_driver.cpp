// SPDX-License-Identifier: MIT

#include "epoll_driver.hpp"

#include <cstdint>
#include <ctime>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

namespace patio::detail {

namespace {

/// How many events one call takes: more wait for the next turn.
constexpr int events_max = 256;

/// epoll_pwait2(2), Linux 5.11: the one with nanoseconds.
int wait_for_events(int epoll, epoll_event* events, duration timeout) noexcept {
    timespec limit{};
    limit.tv_sec = static_cast<time_t>(timeout.count() / 1'000'000'000);
    limit.tv_nsec = static_cast<long>(timeout.count() % 1'000'000'000);
    const timespec* until = timeout == duration::forever() ? nullptr : &limit;
    return static_cast<int>(
        ::syscall(SYS_epoll_pwait2, epoll, events, events_max, until, nullptr, 0));
}

}  // namespace

epoll_driver::epoll_driver()
    : epoll_{file_descriptor::checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      wake_event_{file_descriptor::checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")} {
    // Edge-triggered: each write makes a new event, so nobody ever has to read the counter.
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLET;
    interest.data.ptr = nullptr;
    if (::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, wake_event_.value(), &interest) != 0) {
        throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
    }
}

void epoll_driver::wait(duration timeout, expecting) noexcept {
    epoll_event events[events_max];
    wait_for_events(epoll_.value(), events, timeout);
}

void epoll_driver::poll() noexcept {}

void epoll_driver::wake() noexcept {
    const std::uint64_t one = 1;
    // It fails only when the counter is full, and then the loop is being woken anyway.
    [[maybe_unused]] const auto written = ::write(wake_event_.value(), &one, sizeof one);
}

}  // namespace patio::detail
