// SPDX-License-Identifier: MIT
#pragma once

#include <patio/core/loop.hpp>

#include <string>

namespace patio::debug {

/// The lines of the task tree, each behind a newline and indented.
std::string tree_words(loop& of);

}  // namespace patio::debug
