// SPDX-License-Identifier: MIT
#pragma once

// The shared objects of a scenario and the verbs that belong to them.

#include "frame.hpp"
#include "scenario.hpp"

#include <patio/core/async.hpp>
#include <patio/core/context_var.hpp>

#include <map>
#include <string>
#include <utility>

namespace conformance {

/// All objects of one scenario, by name.
class things {
public:
    explicit things(const scenario& script) {
        for (const object& one : script.objects) {
            if (one.kind == "var") variables_.try_emplace(one.name, one.value);
        }
    }

    static bool supports(const std::string& kind) { return kind == "var"; }

    /// Does what a line says with the object that it names, and gives what the line may keep.
    patio::async<std::string> perform(const statement& line, lines words) {
        if (line.verb == "assign") {
            find_named(variables_, words[0], line).set(words[1]);
        } else if (line.verb == "read") {
            co_return find_named(variables_, words[0], line).get();
        }
        co_return "none";
    }

    [[nodiscard]] std::string look(const std::string& name, const statement& line) const {
        throw format_error{line.where + ": cannot look at '" + name + "'"};
    }

private:
    std::map<std::string, patio::context_var<std::string>> variables_;
};

}  // namespace conformance
