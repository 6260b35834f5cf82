// SPDX-License-Identifier: MIT
#pragma once

// What waiting for everything at once means, measured and drawn.

#include "progress.hpp"

#include <patio/base/duration.hpp>
#include <patio/core/async.hpp>

#include <optional>
#include <string>
#include <vector>

namespace fetch {

/// A page of the demo: from when to when it was fetched, since its round has begun.
struct lap {
    std::optional<patio::duration> began;
    std::optional<patio::duration> ended;
};

/// The same pages, fetched twice.
struct race {
    std::vector<std::string> paths;
    std::vector<lap> one_by_one;
    std::vector<lap> at_once;
    /// How long both rounds may take: what the drawing has to have room for.
    patio::duration one_by_one_length;
    patio::duration at_once_length;
};

/// Both rounds side by side, on one scale; `now` is the time in the round that runs.
[[nodiscard]] std::vector<std::string> draw(const race& state, const canvas& on,
                                            patio::duration now);
/// What is to be learnt from it, in words.
[[nodiscard]] std::string verdict_of(const race& state);

/// Starts a slow site on this machine, fetches its pages one after the other and then all at once,
/// and shows it. **Returns** the exit status.
[[nodiscard]] patio::async<int> run_demo();

}  // namespace fetch
