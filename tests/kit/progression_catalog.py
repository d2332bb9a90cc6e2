"""A small game in which there is something of each sort to achieve."""

PROGRESSION = """
name: progression
settings:
  progression:
    points_currency: coins
    badges_equipped_max: 2
    multiplier_stacking: highest
    multiplier_max_basis_points: 30000
    time_zone_change_min: 1h
currencies: [{code: coins}]
metrics:
  - {id: lessons}
  - {id: hours, decimals: 1, description: Hours of study}
  - {id: accuracy, aggregation: average}
  - {id: unused}
levels:
  linear: {base: 100}
  hard_cap: 10
  rewards:
    - {level: 2, badges: [bronze], titles: [novice], unlock_content: [hall]}
    - {every_levels: 2, badges: [bronze], unlock_content: [garden]}
  requirements: [{level: 8, achievements: [scholar]}, {level: 5, achievements: [first_lesson]}]
activity_types:
  - {id: lesson, base_xp: 1, counts: [lessons]}
  - {id: study, metrics: [hours, accuracy]}
  - {id: visit}
  - {id: idle, metrics: [unused]}
items:
  - {id: ore, achievements: [first_lesson]}
offers: [{id: deal, contents: {xp: 1}, achievements: [scholar]}]
seasons:
  - {id: spring, name: Spring, starts_at: 2026-03-01T00:00:00Z, ends_at: 2026-06-01T00:00:00Z}
titles:
  - {id: novice, name: Novice}
  - {id: sage, name: Sage, rarity: epic, secret: true}
achievements:
  - id: first_lesson
    name: First lesson
    kind: instant
    requirements: {conditions: [{metric: lessons}]}
    rewards: {xp: 5, badges: [bronze], titles: [novice], unlock_content: [map],
              unlock_quests: [finale]}
  - id: scholar
    achievement_type: hours_logged
    category: learning
    tags: [study]
    requirements: {conditions: [{metric: hours}]}
    kind: tiered
    tiers:
      - {tier: 1, name: I, requirement: 10}
      - {tier: 2, name: II, requirement: 50, reward_basis_points: 20000}
    milestones: [{percentage: 50, message: Halfway, reward: {xp: 1}}]
    prerequisite_achievements: [first_lesson]
    level_requirement: 3
    points: 10
    rarity: rare
    progress_events: true
    hide_progress: true
  - id: spring_cleaning
    season: spring
    available_from: 2026-02-01T00:00:00Z
    available_until: 2026-05-01T00:00:00Z
    requirements: {conditions: [{metric: lessons, value: 5}]}
  - {id: phone, platform: ios, requirements: {conditions: [{metric: lessons, value: 5}]}}
  - {id: again, reset_on_prestige: true, requirements: {conditions: [{metric: lessons}]}}
  - id: collector
    secret: true
    requirements:
      type: collection
      required: 1
      conditions: [{item: ore, value: 3}, {badge: bronze}, {stat: level, value: 4}]
  - id: all_of_it
    requirements: {type: collection, conditions: [{item: ore}, {badge: bronze}]}
  - id: path
    repeatable: true
    requirements:
      type: sequence
      conditions: [{activity_type: lesson, value: 2}, {any_activity: true}]
  - {id: steps, requirements: {logic: sequence, conditions: [{metric: lessons}, {metric: hours}]}}
  - id: busy
    requirements:
      time_constraint: {type: within, duration: 1h}
      conditions: [{metric: lessons, value: 3}]
  - id: swift
    requirements:
      type: time_limit
      time_limit: 90s
      time_limit_percent: 50
      conditions: [{activity_type: lesson, context: [{key: subject, values: [maths, physics]}]}]
  - id: flawless
    requirements: {type: perfect, in_a_row: true, conditions: [{metric: lessons, value: 3}]}
  - id: steady
    requirements: {type: streak, conditions: [{streak: daily, value: 7, best: true}]}
  - id: curious
    requirements:
      type: unique
      conditions: [{metric: hours, distinct: subject, among: [a, b, c], value: 2, time_frame: week}]
  - id: precise
    requirements:
      type: threshold
      conditions:
        - {metric: accuracy, operator: at_most}
        - {metric: hours, operator: more_than, value: 4}
  - id: stars
    requirements:
      type: threshold
      conditions: [{stat: achievement_points, value: 9}, {stat: prestige}, {stat: lifetime_xp}]
  - id: in_spring
    requirements:
      logic: any
      conditions: [{metric: hours, time_frame: season, season: spring, value: 2}]
  - {id: old, status: retired, requirements: {conditions: [{currency: coins, value: 9}]}}
  - {id: soon, status: upcoming, requirements: {conditions: [{quest: finale}]}}
badge_collections: [{id: metals, name: Metals, icon: m, reward: {xp: 9}}]
badge_categories: [{id: study, name: Study}]
badges:
  - {id: bronze, collection: metals, collection_position: 2, category: study, points_value: 5}
  - id: silver
    collection: metals
    collection_position: 1
    rarity: epic
    acquisition: {achievement: scholar, max_per_player: 3, tradeable: true, giftable: true}
    bonuses: [{stat: xp, value: 500}, {stat: coins, type: flat, value: 2}]
    set_bonus: {required_badges: [bronze], bonuses: [{stat: xp, type: percentage, value: 100}]}
    stacks: true
    evolution: {next_badge: gold, quantity: 2, level: 3, achievements: [scholar],
                items: [{item_id: ore, quantity: 1}], cost: [{currency: coins, amount: 1}]}
  - {id: gold, status: retired, acquisition: {method: milestone, level: 3}}
  - {id: veteran, acquisition: {method: milestone, level: 3, quests: [finale]}}
  - {id: miner, acquisition: {method: collection, items_needed: [{item_id: ore, quantity: 2}],
                              badges_needed: [silver]}}
  - {id: winner, acquisition: {method: challenge, quests: [contest]}}
  - {id: lucky, acquisition: {method: random, drop_rate_ppm: 10}}
  - id: festive
    acquisition: {method: event, activity_types: [visit], available_from: 2026-12-01T00:00:00Z}
  - {id: bought, acquisition: {method: purchase, cost: [{currency: coins, amount: 7}]}}
streaks:
  - id: daily
    activity_types: [lesson, visit]
    activities_per_day: 2
    daily_reward: {currencies: [{currency: coins, amount: 5}]}
    milestones: [{days: 7, reward: {xp: 7}}, {days: 30, reward: {xp: 30}}]
    freeze: {days_per_month_max: 2, price: [{currency: coins, amount: 3}]}
    repair: {window_days: 3, item: ore}
    bonus_basis_points_per_day: 500
    at_risk_before: 4h
  - {id: any, freeze: {days_per_month_max: 1, ahead_max_days: 7}}
quests:
  - id: opening
    type: main
    auto_start: true
    objectives:
      - {id: learn, targets: [{metric: hours, value: 5}], unlocks: [visit],
         checkpoints: [{value: 2, reward: {xp: 1}}]}
      - {id: visit, type: interact,
         targets: [{activity_type: visit, context: [{key: npc, values: [bob]}]}],
         optional: true, order: 1, within: 1h, hide_progress: true, progress_events: true}
      - {id: gather, type: collect, targets: [{item: ore, value: 2}, {currency: coins, value: 3}]}
      - {id: topics, type: collect, targets: [{any_activity: true, distinct: subject, value: 2}]}
      - {id: earn, type: achieve, targets: [{badge: bronze}, {achievement: first_lesson}],
         checkpoints: [{value: 1}]}
      - {id: rise, type: reach, targets: [{stat: level, value: 2}]}
      - {id: march, type: sequence, targets: [{metric: lessons}, {activity_type: visit}]}
      - {id: rush, type: time_limit, time_limit_percent: 80, targets: [{metric: lessons}]}
      - {id: spotless, type: perfect, in_a_row: true, targets: [{metric: lessons}]}
    requirements:
      level: 1
      achievements: [first_lesson]
      items: [{item_id: ore, quantity: 1, consume: true}]
      skills: [{skill: hours, level: 3}]
      available_from: 2026-01-01T00:00:00Z
      available_until: 2027-01-01T00:00:00Z
    expires_at: 2026-07-01T00:00:00Z
    rewards:
      guaranteed: {xp: 10}
      first_completion: {xp: 1}
      random: [{probability_ppm: 500000, reward: {xp: 2}}]
      bonus:
        - {condition: {all_optional: true}, reward: {xp: 3}}
        - {condition: {objective: visit}, reward: {xp: 3}}
        - {condition: {within: 1d}, reward: {xp: 3}}
        - {condition: {perfect: true}, reward: {xp: 3}}
    chain:
      chain_id: story
      position: 1
      branches: [{condition: {perfect: true}, quest: secret}]
      next_quest: middle
    time_limit: 2d
    points: 4
    priority: 9
    category: story
    tags: [story]
  - {id: middle, objectives: [{id: a, targets: [{metric: lessons}]}],
     requirements: {quests_completed: [opening]}}
  - {id: secret, type: hidden,
     objectives: [{id: a, targets: [{streak: daily, value: 2}], type: reach}]}
  - {id: finale, requirements: {locked: true}, objectives: [{id: a, targets: [{quest: middle}]}]}
  - {id: contest, type: challenge, auto_claim: true, repeatable: true,
     rewards: {repeat: {xp: 1}}, objectives: [{id: a, targets: [{currency: coins}]}]}
  - {id: today, type: daily, auto_start: true,
     objectives: [{id: a, targets: [{any_activity: true}]}]}
  - {id: week, requirements: {weekly_reset: true},
     objectives: [{id: a, targets: [{metric: lessons}]}]}
  - {id: gone, status: retired, auto_start: true, objectives: [{id: a, targets: [{item: ore}]}]}
prestige:
  level: 9
  resets: [metrics, currencies, items]
  reset_currencies: [coins]
  reset_items: [ore]
  rewards: [{reward: {xp: 1}}, {prestige: 2, reward: {titles: [sage]}}]
"""
