// SPDX-License-Identifier: MIT
#pragma once

// Runs one scenario on Patio, in virtual time; each verb is a `do_<verb>` that uses Patio as a user
// would. oracle.py does the same with asyncio.

#include "failure.hpp"
#include "frame.hpp"
#include "scenario.hpp"
#include "things.hpp"

#include <patio/core/as_completed.hpp>
#include <patio/core/async.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace conformance {

/// What a block gives back: the value if `return` ended it.
using flow = std::optional<std::string>;

/// Runs a scenario once.
class interpreter {
public:
    explicit interpreter(const scenario& script) : script_{script}, things_{script} {}
    interpreter(const interpreter&) = delete;
    interpreter& operator=(const interpreter&) = delete;

    /// The trace, the last line being how the run ended.
    lines run() {
        std::vector<patio::testing::kept_report> reports;  // no part of a trace
        patio::testing::test_loop loop{patio::testing::run_options{}.keep_reports(reports)};
        clock_ = &dynamic_cast<patio::testing::virtual_time&>(loop.get().driven_by());
        start_ = clock_->now();
        std::string ending;
        try {
            ending = "returned " + loop.run(call("main", {}, "main"));
        } catch (const patio::deadlock&) {
            ending = "deadlock";
        } catch (...) {
            ending = "failed " + describe(std::current_exception()).text;
        }
        log("(run)", ending);
        tasks_.clear();
        return trace_;
    }

private:
    using verb = async<flow> (interpreter::*)(frame&, const statement&);
    using plain_verb = void (interpreter::*)(frame&, const statement&);

    /// Logs when the block that holds it is left.
    class deferred {
    public:
        deferred(interpreter& owner, const frame& self) : owner_{owner}, self_{self} {}
        deferred(const deferred&) = delete;
        deferred& operator=(const deferred&) = delete;
        ~deferred() {
            for (auto text = texts_.rbegin(); text != texts_.rend(); ++text) {
                owner_.log(self_.name(), *text);
            }
        }
        void add(std::string text) { texts_.push_back(std::move(text)); }

    private:
        interpreter& owner_;
        const frame& self_;
        lines texts_;
    };

    void log(const std::string& name, const std::string& text) {
        char time[40];
        const double seconds = (clock_->now() - start_).in_seconds();
        std::snprintf(time, sizeof time, "t=%.3f ", seconds);
        trace_.push_back(time + name + ": " + text);
    }

    // Coroutines and blocks.

    async<std::string> call(std::string function, lines arguments, std::string name) {
        const auto found = script_.coroutines.find(function);
        if (found == script_.coroutines.end()) {
            throw format_error{script_.path + ": there is no 'async " + function + "'"};
        }
        const coroutine& called = found->second;
        if (called.parameters.size() != arguments.size()) {
            throw format_error{script_.path + ": '" + function + "' takes " +
                               std::to_string(called.parameters.size())};
        }
        frame self{std::move(name)};
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            self.set(called.parameters[i], arguments[i]);
        }
        flow ended = co_await block(self, called.body);
        co_return ended.value_or("none");
    }

    async<std::string> called(frame& self, const statement& line) {
        lines words = self.expand_all(line.words);
        const std::string function = words.front();
        words.erase(words.begin());
        return call(function, words, line.name.empty() ? function : self.expand(line.name));
    }

    std::vector<async<std::string>> all_called(frame& self, const statement& line) {
        std::vector<async<std::string>> operations;
        for (const statement& one : line.body)
            operations.push_back(called(self, one));
        return operations;
    }

    async<flow> block(frame& self, const std::vector<statement>& body) {
        deferred guard{*this, self};
        for (const statement& line : body) {
            if (line.verb == "defer") {
                guard.add(self.expand(line.words[0]));
            } else if (const auto plain = plain_verbs().find(line.verb);
                       plain != plain_verbs().end()) {
                (this->*plain->second)(self, line);
            } else {
                flow ended = co_await (this->*verbs().at(line.verb))(self, line);
                if (ended) co_return ended;
            }
        }
        co_return std::nullopt;
    }

    // Plain verbs: they never wait.

    void do_log(frame& self, const statement& line) { log(self.name(), self.word(line)); }
    void do_fail(frame& self, const statement& line) { throw scenario_error{self.word(line)}; }
    void do_advance(frame& self, const statement& line) { clock_->advance(self.seconds(line)); }

    void do_spawn(frame& self, const statement& line) {
        const std::string name = self.expand(line.name.empty() ? line.words[0] : line.name);
        patio::task<std::string> started;
        if (line.group.empty()) {
            started = patio::create_task(called(self, line));
        } else {
            started = groups_.at(line.group)->spawn(called(self, line));
        }
        started.set_name(name.c_str());
        tasks_[name] = std::move(started);
    }
    void do_cancel(frame& self, const statement& line) {
        find_named(tasks_, self.word(line), line).cancel();
    }

    void do_reschedule(frame& self, const statement& line) {
        patio::deadline& moved = *find_named(deadlines_, self.word(line), line);
        if (self.word(line, 1) == "never") {
            moved.reschedule(patio::time_point::never());
        } else {
            moved.reschedule(self.seconds(line, 1));
        }
    }

    void do_look(frame& self, const statement& line) {
        const auto task = tasks_.find(self.word(line));
        if (task != tasks_.end()) {
            self.keep(line, task->second.done() ? "done" : "pending");
        } else {
            self.keep(line, things_.look(self.word(line), line));
        }
    }

    /// A verb of a shared object.
    async<flow> do_shared(frame& self, const statement& line) {
        std::string value = co_await things_.perform(self, line);
        self.keep(line, std::move(value));
        co_return std::nullopt;
    }

    // Control.

    async<flow> do_return(frame& self, const statement& line) {
        co_return line.words.empty() ? "none" : self.word(line);
    }
    async<flow> do_sleep(frame& self, const statement& line) {
        co_await patio::sleep(self.seconds(line));
        co_return std::nullopt;
    }
    async<flow> do_yield(frame&, const statement&) {
        co_await patio::yield();
        co_return std::nullopt;
    }
    async<flow> do_for(frame& self, const statement& line) {
        const lines values = self.expand_all(line.words);
        for (std::size_t i = 2; i < values.size(); ++i) {
            self.set(values[0], values[i]);
            flow ended = co_await block(self, line.body);
            if (ended) co_return ended;
        }
        co_return std::nullopt;
    }
    async<flow> do_loop(frame& self, const statement& line) {
        flow ended;
        while (!ended)
            ended = co_await block(self, line.body);
        co_return ended;
    }
    async<flow> do_if(frame& self, const statement& line) {
        if (self.word(line, 0) != self.word(line, 2)) co_return std::nullopt;
        flow ended = co_await block(self, line.body);
        co_return ended;
    }

    // Tasks and scopes.

    async<flow> do_await(frame& self, const statement& line) {
        std::string value = co_await called(self, line);
        self.keep(line, std::move(value));
        co_return std::nullopt;
    }
    async<flow> do_join(frame& self, const statement& line) {
        if (!tasks_.contains(self.word(line))) {  // a queue
            flow ended = co_await do_shared(self, line);
            co_return ended;
        }
        const patio::task<std::string> joined = tasks_.at(self.word(line));
        const std::string value = co_await joined;
        self.keep(line, value);
        co_return std::nullopt;
    }
    async<flow> do_try(frame& self, const statement& line) {
        if (line.clauses.front().verb == "finally") {
            auto cleanup = [&]() -> async<> {
                const flow ignored = co_await block(self, line.clauses.front().body);
            };
            flow ended = co_await patio::finally(block(self, line.body), cleanup);
            co_return ended;
        }
        const statement* handler = nullptr;
        try {
            flow ended = co_await block(self, line.body);
            co_return ended;
        } catch (...) {
            const failure caught = describe(std::current_exception());
            self.set("error", caught.text);
            for (const statement& clause : line.clauses) {
                if (handler == nullptr && detail::contains(clause.words, caught.kind)) {
                    handler = &clause;
                }
            }
            if (handler == nullptr) throw;
        }
        flow ended = co_await block(self, handler->body);
        co_return ended;
    }
    async<flow> do_timeout(frame& self, const statement& line) {
        auto body = [&](patio::deadline& limit) -> async<flow> {
            deadlines_[line.name] = &limit;
            return block(self, line.body);
        };
        flow ended = co_await patio::timeout(self.seconds(line), body);
        co_return ended;
    }
    async<flow> do_move_on(frame& self, const statement& line) {
        auto body = [&](patio::deadline& limit) -> async<flow> {
            deadlines_[line.name] = &limit;
            return block(self, line.body);
        };
        std::optional<flow> ended = co_await patio::move_on_after(self.seconds(line), body);
        self.keep(line, ended ? "finished" : "expired");
        co_return ended.value_or(std::nullopt);
    }
    async<flow> do_group(frame& self, const statement& line) {
        auto body = [&](patio::task_group& group) -> async<flow> {
            groups_[line.words[0]] = &group;
            return block(self, line.body);
        };
        flow ended = co_await patio::with_task_group(body);
        co_return ended;
    }
    async<flow> do_shield(frame& self, const statement& line) {
        flow ended = co_await patio::shield(block(self, line.body));
        co_return ended;
    }

    async<flow> do_with(frame& self, const statement& line) {
        const std::string name = self.word(line);
        held_thing held = co_await things_.hold(line, name);
        self.set_held(name, &held);
        flow ended = co_await block(self, line.body);
        self.set_held(name, nullptr);
        co_return ended;
    }

    // Several at once.

    static std::string listed(const lines& values) {
        std::string text;
        for (const std::string& value : values)
            text += (text.empty() ? "" : ", ") + value;
        return "[" + text + "]";
    }
    async<flow> do_gather(frame& self, const statement& line) {
        std::vector<async<std::string>> operations = all_called(self, line);
        const lines values = co_await patio::gather(operations);
        self.keep(line, listed(values));
        co_return std::nullopt;
    }
    async<flow> do_settle(frame& self, const statement& line) {
        std::vector<async<std::string>> operations = all_called(self, line);
        const auto outcomes = co_await patio::gather_settled(operations);
        lines texts;
        for (const auto& one : outcomes) {
            texts.push_back(one ? one.value() : "!" + describe(one.error()).text);
        }
        self.keep(line, listed(texts));
        co_return std::nullopt;
    }
    async<flow> do_race(frame& self, const statement& line) {
        std::vector<async<std::string>> operations = all_called(self, line);
        const auto winner = co_await patio::race(operations);
        self.keep(line, winner.value);
        co_return std::nullopt;
    }

    async<flow> do_as_completed(frame& self, const statement& line) {
        std::vector<async<std::string>> operations = all_called(self, line);
        auto results = patio::as_completed(operations);
        while (const std::optional<std::string> value = co_await results.next()) {
            self.set(line.bind, *value);
            flow ended = co_await block(self, line.clauses.front().body);
            if (ended) co_return ended;
        }
        co_return std::nullopt;
    }

    static const std::map<std::string, plain_verb>& plain_verbs() {
        static const std::map<std::string, plain_verb> table{
            {"log", &interpreter::do_log},         {"fail", &interpreter::do_fail},
            {"advance", &interpreter::do_advance}, {"spawn", &interpreter::do_spawn},
            {"cancel", &interpreter::do_cancel},   {"reschedule", &interpreter::do_reschedule},
            {"look", &interpreter::do_look},
        };
        return table;
    }
    static std::map<std::string, verb> make_verbs() {
        std::map<std::string, verb> table{
            {"return", &interpreter::do_return},   {"sleep", &interpreter::do_sleep},
            {"yield", &interpreter::do_yield},     {"for", &interpreter::do_for},
            {"loop", &interpreter::do_loop},       {"if", &interpreter::do_if},
            {"await", &interpreter::do_await},     {"join", &interpreter::do_join},
            {"try", &interpreter::do_try},         {"timeout", &interpreter::do_timeout},
            {"move_on", &interpreter::do_move_on}, {"group", &interpreter::do_group},
            {"shield", &interpreter::do_shield},   {"gather", &interpreter::do_gather},
            {"settle", &interpreter::do_settle},   {"race", &interpreter::do_race},
            {"with", &interpreter::do_with},       {"as_completed", &interpreter::do_as_completed},
        };
        for (const char* shared :
             {"assign", "read", "set", "clear", "wait", "notify", "acquire", "release", "put",
              "get", "try_put", "try_get", "task_done", "reset", "abort"}) {
            table[shared] = &interpreter::do_shared;
        }
        return table;
    }
    static const std::map<std::string, verb>& verbs() {
        static const std::map<std::string, verb> table = make_verbs();
        return table;
    }

    const scenario& script_;
    things things_;
    patio::testing::virtual_time* clock_ = nullptr;
    patio::time_point start_;
    lines trace_;
    std::map<std::string, patio::task<std::string>> tasks_;
    std::map<std::string, patio::task_group*> groups_;
    std::map<std::string, patio::deadline*> deadlines_;
};

}  // namespace conformance
