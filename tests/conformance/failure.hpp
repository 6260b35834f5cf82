// SPDX-License-Identifier: MIT
#pragma once

// The failures that a scenario can meet, and the words that stand for them in its text and trace.

#include "scenario.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/sync/barrier.hpp>

#include <exception>
#include <stdexcept>
#include <string>

namespace conformance {

/// What `fail` throws.
class scenario_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Which word after `except` catches an exception, and the text that it shows in a trace.
struct failure {
    std::string kind;
    std::string text;
};

inline failure describe(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const format_error&) {
        throw;
    } catch (const scenario_error& e) {
        return {"error", e.what()};
    } catch (const patio::timed_out&) {
        return {"timeout", "timed out"};
    } catch (const patio::task_cancelled&) {
        return {"cancelled", "cancelled"};
    } catch (const patio::exception_group& group) {
        std::string text;
        for (const auto& member : group) {
            text += (text.empty() ? "" : ", ") + describe(member.error()).text;
        }
        return {"group", "group[" + text + "]"};
    } catch (const patio::broken_barrier&) {
        return {"broken", "broken"};
    } catch (const patio::usage_error&) {
        return {"misuse", "misuse"};
    } catch (const patio::group_closed&) {
        return {"misuse", "misuse"};
    } catch (const std::exception& e) {
        return {"unknown", e.what()};
    }
}

}  // namespace conformance
