// SPDX-License-Identifier: MIT
#pragma once

// Coroutines and how to start, join, time and cancel them: the part of Patio that needs no
// operating system. <patio/patio.hpp> is this, and the world outside.
//
// Not here is what needs <vector>, which alone would cost more than all of this to compile:
// <patio/core/gather_range.hpp> has gather, gather_settled and race over ranges,
// <patio/core/as_completed.hpp> gives results as they come.

#include <patio/core/as_outcome.hpp>
#include <patio/core/async.hpp>
#include <patio/core/async_generator.hpp>
#include <patio/core/cancelled.hpp>
#include <patio/core/context_var.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/outcome.hpp>
#include <patio/core/race.hpp>
#include <patio/core/ready.hpp>
#include <patio/core/report.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
