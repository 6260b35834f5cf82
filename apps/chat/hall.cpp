// SPDX-License-Identifier: MIT

#include "hall.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

namespace chat {

using patio::async;

std::int64_t clock_ms() noexcept {
    using std::chrono::milliseconds;
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<milliseconds>(since_1970).count();
}

async<> hall::load() {
    const auto known = co_await store_.rooms();
    for (const auto& [name, last] : known)
        rooms_.emplace(name, std::make_shared<room>(name, last));
}

async<> hall::run() {
    const auto body = [this](patio::task_group& group) -> async<> {
        group.spawn(keep_order());
        group.spawn(prune());
        auto writing = write();
        co_await std::move(writing);
        group.cancel("the chat is closed");
    };
    auto running = patio::with_task_group(body);
    co_await std::move(running);
}

void hall::greet(outbox& mail) {
    visitors_.emplace(&mail, false);
    if (is_restarting_) mail.end(patio::ws::close_code::service_restart, "the server restarts");
}

void hall::restart() {
    is_restarting_ = true;
    // The more there are, the longer they take to come back, so that they do not all come at once.
    const auto some_time = static_cast<std::int64_t>(visitors_.size()) * 5;
    const frame told =
        make_frame(write_restarting(patio::duration::milliseconds(1'000 + some_time)));
    for (const auto& [mail, wants_rooms] : visitors_) {
        mail->put(told);
        mail->end(patio::ws::close_code::service_restart, "the server restarts");
    }
}

// --- what people say

async<std::optional<receipt>> hall::say(std::shared_ptr<room> in, draft what) {
    auto [answer, answered] = patio::oneshot<std::optional<receipt>>();
    letter written{std::move(in), std::move(what), std::move(answer)};
    std::optional<receipt> under;
    if (letters_.is_shut_down()) co_return under;
    auto putting = letters_.put(std::move(written));
    co_await std::move(putting);
    under = co_await answered.receive();
    co_return under;
}

async<> hall::write() {
    for (;;) {
        auto first = co_await letters_.next();
        if (!first) co_return;
        std::vector<letter> batch;
        batch.push_back(std::move(*first));
        while (batch.size() < batch_messages_max && !letters_.empty()) {
            auto next = letters_.try_get();
            batch.push_back(std::move(*next));
        }
        std::vector<draft> drafts;
        for (const letter& each : batch)
            drafts.push_back(each.what);
        auto adding = store_.add(std::move(drafts));
        auto added = co_await patio::as_outcome(std::move(adding));
        if (!added) std::fprintf(stderr, "patio-chat: nothing was stored: %s\n", added.what());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            letter& each = batch[i];
            std::optional<receipt> under;
            if (added) under = added.value()[i];
            // Also what is there already, if its commit was taken for a failure.
            if (under && under->id > each.to->last()) each.to->publish(stored(each.what, *under));
            each.answer.send(under);
        }
    }
}

// --- order

std::shared_ptr<room> hall::find_room(const std::string& name) {
    const auto found = rooms_.find(name);
    if (found != rooms_.end()) return found->second;
    if (rooms_.size() >= limits_.rooms_max) return nullptr;
    return rooms_.emplace(name, std::make_shared<room>(name)).first->second;
}

async<> hall::keep_order() {
    for (std::int64_t second = 1;; ++second) {
        co_await patio::sleep(patio::duration::seconds(1));
        const patio::time_point now = patio::now();
        for (const auto& [name, each] : rooms_)
            each->part(now - gone_after);
        // A room that nobody has said anything in is no more than its people.
        std::erase_if(rooms_, [](const auto& each) {
            return each.second.use_count() == 1 && each.second->last() == 0 &&
                   each.second->is_empty();
        });
        const patio::duration so_far = patio::duration::seconds(second);
        if (so_far.count() % rooms_interval.count() == 0) tell_rooms_that_changed();
        if (so_far.count() % people_interval.count() == 0) people_.forget_rested(now);
    }
}

async<> hall::prune() {
    for (;;) {
        auto pruning = store_.prune(limits_.history_messages, clock_ms());
        const auto pruned = co_await patio::as_outcome(std::move(pruning));
        if (!pruned) std::fprintf(stderr, "patio-chat: nothing was pruned: %s\n", pruned.what());
        co_await patio::sleep(prune_interval);
    }
}

frame hall::list_rooms() const {
    std::vector<room_state> all;
    for (const auto& [name, each] : rooms_)
        all.push_back({name, each->count(), each->last()});
    const auto busier = [](const room_state& a, const room_state& b) {
        return std::tie(a.count, a.last) > std::tie(b.count, b.last);
    };
    const std::size_t shown = std::min(all.size(), rooms_listed_max);
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(shown);
    std::partial_sort(all.begin(), end, all.end(), busier);
    all.erase(end, all.end());
    return make_frame(write_rooms(all));
}

void hall::show_rooms(outbox& mail) {
    bool& wants_rooms = visitors_[&mail];
    if (!wants_rooms) mail.put(list_rooms());
    wants_rooms = true;
}

void hall::tell_rooms_that_changed() {
    frame listed = list_rooms();
    if (*listed == *rooms_told_) return;
    rooms_told_ = std::move(listed);
    for (const auto& [mail, wants_rooms] : visitors_)
        if (wants_rooms) mail->put(rooms_told_);
}

}  // namespace chat
