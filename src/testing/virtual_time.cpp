// SPDX-License-Identifier: MIT

#include <patio/testing/virtual_time.hpp>

#include <condition_variable>
#include <mutex>

namespace patio::testing {

struct virtual_time::sleeper {
    std::mutex lock;
    std::condition_variable changed;
    bool is_woken = false;
};

virtual_time::virtual_time() : sleeper_{new sleeper} {}
virtual_time::~virtual_time() { delete sleeper_; }

void virtual_time::wait(duration timeout, expecting what) noexcept {
    if (what == expecting::only_time) {
        advance(timeout);
        return;
    }
    std::unique_lock guard{sleeper_->lock};
    sleeper_->changed.wait(guard, [&] { return sleeper_->is_woken; });
    sleeper_->is_woken = false;
}

void virtual_time::wake() noexcept {
    const std::lock_guard guard{sleeper_->lock};
    sleeper_->is_woken = true;
    sleeper_->changed.notify_one();
}

}  // namespace patio::testing
