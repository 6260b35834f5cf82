// SPDX-License-Identifier: MIT
#pragma once

// The shared objects of a scenario and the verbs that belong to them.

#include "frame.hpp"
#include "scenario.hpp"

#include <patio/core/async.hpp>
#include <patio/core/context_var.hpp>
#include <patio/core/sync/barrier.hpp>
#include <patio/core/sync/condition.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/lifo_queue.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/sync/priority_queue.hpp>
#include <patio/core/sync/queue.hpp>
#include <patio/core/sync/semaphore.hpp>

#include <cstddef>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

namespace conformance {

using patio::async;

/// Orders items by the number before their colon: `2:b`.
struct lower_rank_first {
    bool operator()(const std::string& a, const std::string& b) const noexcept {
        return rank(a) < rank(b);
    }
    static long rank(const std::string& item) noexcept {
        return std::strtol(item.c_str(), nullptr, 10);
    }
};

/// A condition and the mutex that belongs to it.
struct guarded_condition {
    patio::mutex lock;
    patio::condition changed;
};

/// All objects of one scenario, by name.
class things {
public:
    explicit things(const scenario& script) {
        for (const object& one : script.objects) {
            make(one);
        }
    }

    /// Does what a line says with the object that it names, and gives what the line may keep.
    async<std::string> perform(frame& self, const statement& line) {
        const lines words = self.expand_all(line.words);
        const std::string& name = words[0];
        if (variables_.contains(name)) co_return on_variable(line, variables_.at(name), words);
        std::string result;
        if (events_.contains(name)) {
            result = co_await on_event(line, events_.at(name));
        } else if (queues_.contains(name)) {
            result = co_await on_queue(line, queues_.at(name), words);
        } else if (lifo_queues_.contains(name)) {
            result = co_await on_queue(line, lifo_queues_.at(name), words);
        } else if (priority_queues_.contains(name)) {
            result = co_await on_queue(line, priority_queues_.at(name), words);
        } else if (barriers_.contains(name)) {
            result = co_await on_barrier(line, barriers_.at(name));
        } else if (conditions_.contains(name)) {
            result = co_await on_condition(line, conditions_.at(name), self.held(name), words);
        } else if (patio::semaphore* semaphore = find_semaphore(name)) {
            result = co_await on_semaphore(line, *semaphore);
        } else {
            throw format_error{line.where + ": there is no '" + name + "'"};
        }
        co_return result;
    }

    /// What `with NAME` holds.
    async<held_thing> hold(const statement& line, std::string name) {
        if (patio::semaphore* semaphore = find_semaphore(name)) {
            patio::semaphore_permit permit = co_await semaphore->acquire();
            co_return held_thing{std::move(permit)};
        }
        const auto condition = conditions_.find(name);
        patio::mutex& mutex = condition != conditions_.end() ? condition->second.lock
                                                             : find_named(mutexes_, name, line);
        patio::mutex_guard guard = co_await mutex.lock();
        co_return held_thing{std::move(guard)};
    }

    std::string look(const std::string& name, const statement& line) {
        if (events_.contains(name)) return events_.at(name).is_set() ? "set" : "clear";
        if (queues_.contains(name)) return std::to_string(queues_.at(name).size());
        if (lifo_queues_.contains(name)) return std::to_string(lifo_queues_.at(name).size());
        if (priority_queues_.contains(name)) {
            return std::to_string(priority_queues_.at(name).size());
        }
        if (const patio::semaphore* semaphore = find_semaphore(name)) {
            return semaphore->locked() ? "locked" : "free";
        }
        return find_named(mutexes_, name, line).is_locked() ? "locked" : "free";
    }

private:
    using variable = patio::context_var<std::string>;

    void make(const object& one) {
        if (one.kind == "var") variables_.try_emplace(one.name, one.value);
        if (one.kind == "event") events_.try_emplace(one.name);
        if (one.kind == "mutex") mutexes_.try_emplace(one.name);
        if (one.kind == "semaphore") semaphores_.try_emplace(one.name, one.size);
        if (one.kind == "bounded") bounded_.try_emplace(one.name, one.size);
        if (one.kind == "condition") conditions_.try_emplace(one.name);
        if (one.kind == "barrier") barriers_.try_emplace(one.name, one.size);
        if (one.kind == "queue") queues_.try_emplace(one.name, one.size);
        if (one.kind == "lifo") lifo_queues_.try_emplace(one.name, one.size);
        if (one.kind == "priority") priority_queues_.try_emplace(one.name, one.size);
    }

    patio::semaphore* find_semaphore(const std::string& name) {
        if (semaphores_.contains(name)) return &semaphores_.at(name);
        return bounded_.contains(name) ? &bounded_.at(name) : nullptr;
    }

    [[noreturn]] static void refuse(const statement& line) {
        throw format_error{line.where + ": '" + line.verb + "' is not for such an object"};
    }

    static std::string on_variable(const statement& line, variable& value, const lines& words) {
        if (line.verb == "read") return value.get();
        if (line.verb != "assign") refuse(line);
        value.set(words[1]);
        return "none";
    }

    static async<std::string> on_event(const statement& line, patio::event& event) {
        if (line.verb == "set") {
            event.set();
        } else if (line.verb == "clear") {
            event.clear();
        } else if (line.verb == "wait") {
            co_await event.wait();
        } else {
            refuse(line);
        }
        co_return "none";
    }

    static async<std::string> on_barrier(const statement& line, patio::barrier& barrier) {
        if (line.verb == "reset") {
            barrier.reset();
        } else if (line.verb == "abort") {
            barrier.abort();
        } else if (line.verb == "wait") {
            const std::size_t index = co_await barrier.wait();
            co_return std::to_string(index);
        } else {
            refuse(line);
        }
        co_return "none";
    }

    static async<std::string> on_condition(const statement& line, guarded_condition& condition,
                                           held_thing* held, const lines& words) {
        if (held == nullptr)
            throw format_error{line.where + ": only inside 'with " + words[0] + "'"};
        if (line.verb == "wait") {
            co_await condition.changed.wait(held->guard());
        } else if (line.verb != "notify") {
            refuse(line);
        } else if (words[1] == "all") {
            condition.changed.notify_all();
        } else {
            condition.changed.notify(std::stoul(words[1]));
        }
        co_return "none";
    }

    static async<std::string> on_semaphore(const statement& line, patio::semaphore& semaphore) {
        if (line.verb == "release") {
            semaphore.release();
        } else if (line.verb == "acquire") {
            patio::semaphore_permit permit = co_await semaphore.acquire();
            permit.forget();  // a line of its own gives it back
        } else {
            refuse(line);
        }
        co_return "none";
    }

    template <class Queue>
    static async<std::string> on_queue(const statement& line, Queue& queue, const lines& words) {
        std::string result = "none";
        if (line.verb == "put") {
            co_await queue.put(words[1]);
        } else if (line.verb == "get") {
            result = co_await queue.get();
        } else if (line.verb == "try_put") {
            result = queue.try_put(words[1]) ? "yes" : "no";
        } else if (line.verb == "try_get") {
            result = queue.try_get().value_or("none");
        } else if (line.verb == "task_done") {
            queue.task_done();
        } else if (line.verb == "join") {
            co_await queue.join();
        } else {
            refuse(line);
        }
        co_return result;
    }

    std::map<std::string, variable> variables_;
    std::map<std::string, patio::event> events_;
    std::map<std::string, patio::mutex> mutexes_;
    std::map<std::string, patio::semaphore> semaphores_;
    std::map<std::string, patio::bounded_semaphore> bounded_;
    std::map<std::string, guarded_condition> conditions_;
    std::map<std::string, patio::barrier> barriers_;
    std::map<std::string, patio::queue<std::string>> queues_;
    std::map<std::string, patio::lifo_queue<std::string>> lifo_queues_;
    std::map<std::string, patio::priority_queue<std::string, lower_rank_first>> priority_queues_;
};

}  // namespace conformance
