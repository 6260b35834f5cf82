// SPDX-License-Identifier: MIT
#pragma once

// One running coroutine of a scenario: its name in the trace, and its variables.

#include "scenario.hpp"

#include <patio/base/duration.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/sync/semaphore.hpp>

#include <cmath>
#include <exception>
#include <map>
#include <string>
#include <utility>

namespace conformance {

/// What a `with` block holds; gives it back when it dies.
class held_thing {
public:
    explicit held_thing(patio::mutex_guard guard) : guard_{std::move(guard)} {}
    explicit held_thing(patio::semaphore_permit permit) : permit_{std::move(permit)} {}

    patio::mutex_guard& guard() { return guard_; }

private:
    patio::mutex_guard guard_;
    patio::semaphore_permit permit_;
};

class frame {
public:
    explicit frame(std::string name) : name_{std::move(name)} {}

    /// Under which it speaks in the trace.
    [[nodiscard]] const std::string& name() const { return name_; }

    void set(const std::string& variable, std::string value) {
        variables_[variable] = std::move(value);
    }
    /// Sets the variable after '->', if the line has one.
    void keep(const statement& line, std::string value) {
        if (!line.bind.empty()) set(line.bind, std::move(value));
    }

    /// Puts values in the place of `{variable}`.
    [[nodiscard]] std::string expand(std::string text) const {
        for (const auto& [variable, value] : variables_) {
            const std::string mark = "{" + variable + "}";
            for (auto at = text.find(mark); at != std::string::npos;
                 at = text.find(mark, at + value.size())) {
                text.replace(at, mark.size(), value);
            }
        }
        return text;
    }
    [[nodiscard]] lines expand_all(lines words) const {
        for (std::string& word : words) {
            word = expand(word);
        }
        return words;
    }

    [[nodiscard]] std::string word(const statement& line, std::size_t index = 0) const {
        return expand(line.words[index]);
    }
    /// A word as seconds.
    [[nodiscard]] patio::duration seconds(const statement& line, std::size_t index = 0) const {
        const std::string text = word(line, index);
        std::size_t used = 0;
        double value = 0;
        try {
            value = std::stod(text, &used);
        } catch (const std::exception&) {
            used = text.size() + 1;
        }
        if (used != text.size()) throw format_error{line.where + ": '" + text + "' is no number"};
        return patio::duration::nanoseconds(std::llround(value * 1e9));
    }

    /// What the innermost `with NAME` around holds; null if there is none.
    [[nodiscard]] held_thing* held(const std::string& name) const {
        const auto found = held_.find(name);
        return found == held_.end() ? nullptr : found->second;
    }
    void set_held(const std::string& name, held_thing* held) { held_[name] = held; }

private:
    std::string name_;
    std::map<std::string, held_thing*> held_;
    std::map<std::string, std::string> variables_;
};

/// Finds an entry by its name; complains if there is none.
template <class Table>
typename Table::mapped_type& find_named(Table& table, const std::string& name,
                                        const statement& line) {
    const auto found = table.find(name);
    if (found == table.end()) throw format_error{line.where + ": there is no '" + name + "'"};
    return found->second;
}

}  // namespace conformance
