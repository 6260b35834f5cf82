// SPDX-License-Identifier: MIT

#include "connection_pool.hpp"

#include <algorithm>
#include <utility>

namespace patio::http::detail {

/// The pools that have something to do with one loop: they must hear of its end.
class loop_pools {
public:
    [[nodiscard]] static loop_pools& of(loop& home) {
        static const char key = 0;
        if (void* found = home.attachment(&key)) return *static_cast<loop_pools*>(found);
        auto made = std::make_unique<loop_pools>(home);
        home.attach(&key, made.get(),
                    [](void* all) noexcept { delete static_cast<loop_pools*>(all); });
        return *made.release();
    }

    explicit loop_pools(loop& home) noexcept : home_{home} {}
    loop_pools(const loop_pools&) = delete;
    loop_pools& operator=(const loop_pools&) = delete;
    ~loop_pools() {
        while (!all_.empty())
            all_.back()->loop_ends();
    }

    void add(connection_pool& one) { all_.push_back(&one); }
    void remove(connection_pool& one) noexcept { std::erase(all_, &one); }
    [[nodiscard]] loop& home() const noexcept { return home_; }

private:
    loop& home_;
    std::vector<connection_pool*> all_;
};

connection_slot::~connection_slot() {
    if (pool_ != nullptr) pool_->release_slot(*origin_);
}

/// Somebody who waits; in the frame of whoever does.
struct pool_waiter {
    pool_waiter(connection_pool& of, pool_origin& wanted_, pool_choice choice_)
        : pool{of}, wanted{wanted_}, choice{choice_} {
        place = pool.line_.insert(pool.line_.end(), this);
        ++wanted.waiter_count;
    }
    pool_waiter(const pool_waiter&) = delete;
    pool_waiter& operator=(const pool_waiter&) = delete;
    ~pool_waiter() {
        leave();
        if (given.kept != nullptr) pool.give_back(std::move(given.kept));
    }
    void leave() noexcept {
        if (!std::exchange(is_in_line, false)) return;
        pool.line_.erase(place);
        --wanted.waiter_count;
        pool.forget_if_unused(wanted);
    }

    connection_pool& pool;
    pool_origin& wanted;
    const pool_choice choice;
    pool_grant given;
    event is_served;
    bool is_in_line = true;
    std::list<pool_waiter*>::iterator place;
};

connection_pool::~connection_pool() {
    close();
    if (home_ != nullptr) home_->remove(*this);
}

// --- asking

async<pool_grant> connection_pool::acquire(std::string key, pool_choice choice) {
    auto waiting = wait_in_line(shared_from_this(), std::move(key), choice);
    pool_grant granted = co_await std::move(waiting);
    co_return granted;
}

async<pool_grant> connection_pool::wait_in_line(std::shared_ptr<connection_pool> self,
                                                std::string key, pool_choice choice) {
    pool_origin& wanted = self->origin_of(key);
    if (wanted.waiter_count == 0) {
        pool_grant at_once = self->try_grant(wanted, choice);
        if (at_once) co_return at_once;
    }
    pool_waiter waiting{*self, wanted, choice};
    co_await waiting.is_served.wait();
    co_return std::move(waiting.given);
}

pool_origin& connection_pool::origin_of(const std::string& key) {
    return origins_.try_emplace(key, key).first->second;
}

pool_grant connection_pool::try_grant(pool_origin& of, pool_choice choice) {
    pool_grant granted;
    if (choice == pool_choice::any && !of.idle.empty()) {
        granted.kept = std::move(of.idle.back());
        of.idle.pop_back();
        --idle_count_;
        return granted;
    }
    if (of.connection_count >= bounds_.origin_connections_max) {
        if (of.idle.empty()) return granted;
        // Only who wants a fresh one comes here. Its place goes from one to the other.
        granted.slot = std::move(of.idle.front()->slot);
        of.idle.erase(of.idle.begin());
        --idle_count_;
        return granted;
    }
    if (connection_count_ < bounds_.connections_max) {
        granted.slot = take_slot(of);
    } else if (const auto closed = take_oldest_idle()) {
        // Counted before the other one goes, so that nobody else gets its place.
        granted.slot = take_slot(of);
    }
    return granted;
}

connection_slot connection_pool::take_slot(pool_origin& of) {
    connection_slot taken{shared_from_this(), of};
    ++of.connection_count;
    ++connection_count_;
    return taken;
}

void connection_pool::release_slot(pool_origin& of) noexcept {
    --of.connection_count;
    --connection_count_;
    forget_if_unused(of);
    serve_next();
}

void connection_pool::forget_if_unused(pool_origin& of) noexcept {
    if (of.connection_count == 0 && of.waiter_count == 0) {
        const auto at = origins_.find(of.key);
        if (at != origins_.end()) origins_.erase(at);
    }
}

void connection_pool::serve_next() noexcept {
    if (is_serving_) return;  // a connection was closed to make room for the one who is served
    is_serving_ = true;
    for (pool_waiter* each : line_) {
        each->given = try_grant(each->wanted, each->choice);
        if (!each->given) continue;
        each->leave();
        each->is_served.set();
        break;
    }
    is_serving_ = false;
}

// --- keeping

void connection_pool::give_back(std::unique_ptr<http1_connection> used) noexcept {
    if (is_closed_ || bounds_.idle_timeout <= duration{}) return;  // its end serves the next one
    if (patio::detail::this_loop == nullptr) return;               // the program has ended
    pool_origin& of = used->slot.origin();
    used->has_served = true;
    used->idle_since = this_thread_loop().now();
    of.idle.push_back(std::move(used));
    ++idle_count_;
    if (!line_.empty()) serve_next();
    watch_idle();
}

void connection_pool::close_idle() noexcept {
    while (const auto oldest = take_oldest_idle()) {}
}

void connection_pool::close() noexcept {
    is_closed_ = true;
    close_idle();
    if (home_ != nullptr && timer_.is_armed) {
        timer_.is_armed = false;
        home_->home().cancel_call(timer_);
    }
}

std::unique_ptr<http1_connection> connection_pool::take_oldest_idle() noexcept {
    pool_origin* oldest = nullptr;
    if (idle_count_ > 0) {
        for (auto& [key, each] : origins_) {
            if (each.idle.empty()) continue;
            if (oldest == nullptr ||
                each.idle.front()->idle_since < oldest->idle.front()->idle_since) {
                oldest = &each;
            }
        }
    }
    if (oldest == nullptr) return nullptr;
    std::unique_ptr<http1_connection> taken = std::move(oldest->idle.front());
    oldest->idle.erase(oldest->idle.begin());
    --idle_count_;
    return taken;
}

void connection_pool::close_expired() noexcept {
    const time_point limit = this_thread_loop().now() - bounds_.idle_timeout;
    // One after the other, since a connection's end may change all of this.
    for (;;) {
        std::unique_ptr<http1_connection> oldest = take_oldest_idle();
        if (oldest == nullptr) return;
        if (oldest->idle_since > limit) {
            pool_origin& of = oldest->slot.origin();
            of.idle.insert(of.idle.begin(), std::move(oldest));
            ++idle_count_;
            return;
        }
    }
}

void connection_pool::watch_idle() noexcept {
    if (timer_.is_armed || idle_count_ == 0 || bounds_.idle_timeout == duration::forever()) return;
    if (home_ == nullptr) {
        home_ = &loop_pools::of(this_thread_loop());
        home_->add(*this);
        timer_.owner = this;
        timer_.call = [](patio::detail::callback_node& node) {
            auto& timer = static_cast<idle_timer&>(node);
            timer.is_armed = false;
            // A connection that is closed may have been the last to know its pool.
            const std::shared_ptr<connection_pool> pool = timer.owner->weak_from_this().lock();
            if (pool == nullptr) return;
            pool->close_expired();
            pool->watch_idle();
        };
    }
    time_point first = time_point::never();
    for (const auto& [key, each] : origins_) {
        if (!each.idle.empty()) first = std::min(first, each.idle.front()->idle_since);
    }
    timer_.is_armed = true;
    home_->home().call_at(timer_, first + bounds_.idle_timeout);
}

void connection_pool::loop_ends() noexcept {
    home_->remove(*this);
    home_ = nullptr;
    timer_.is_armed = false;
    close_idle();
}

}  // namespace patio::http::detail
