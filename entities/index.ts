/** The entity classes that the database is made of, in the order of their dependencies. */
export { Achievement } from './achievement.ts';
export { LearnerProfile } from './learner-profile.ts';
export { LearningGoal } from './learning-goal.ts';
export { Lesson, LessonStatus } from './lesson.ts';
export { QuizAnswer } from './quiz-answer.ts';
export { User, UserRole } from './user.ts';
