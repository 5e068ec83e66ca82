/** What the learners of the development data learn: a few topics with real questions. */

export interface Question {
  readonly text: string;
  readonly options: readonly [string, string, string, string];
  /** Index of the right option. */
  readonly answer: number;
  readonly concepts: readonly string[];
}

export interface Topic {
  readonly id: string;
  readonly subject: string;
  readonly category: string;
  readonly questions: readonly Question[];
}

function question(text: string, options: Question['options'], answer: number, ...concepts: string[]): Question {
  return { text, options, answer, concepts };
}

export const topics: readonly Topic[] = [
  {
    id: 'math-multiplication',
    subject: 'Math',
    category: 'Multiplication',
    questions: [
      question('What is 7 × 8?', ['54', '56', '63', '48'], 1, 'multiplication', 'times-tables'),
      question('What is 12 × 5?', ['50', '55', '60', '65'], 2, 'multiplication', 'times-tables'),
      question(
        'Which is the same as 4 × 6?',
        ['6 + 4', '6 + 6 + 6 + 6', '4 + 4', '46'],
        1,
        'multiplication',
        'repeated-addition',
      ),
      question(
        'A box holds 9 pencils. How many are in 3 boxes?',
        ['12', '18', '27', '36'],
        2,
        'multiplication',
        'word-problems',
      ),
    ],
  },
  {
    id: 'science-plants',
    subject: 'Science',
    category: 'Plants',
    questions: [
      question('Which part of a plant takes in water?', ['Leaf', 'Flower', 'Root', 'Seed'], 2, 'plants', 'roots'),
      question('What do plants make in sunlight?', ['Salt', 'Sugar', 'Iron', 'Sand'], 1, 'plants', 'photosynthesis'),
      question(
        'Which gas do plants take from the air?',
        ['Oxygen', 'Helium', 'Neon', 'Carbon dioxide'],
        3,
        'photosynthesis',
        'gases',
      ),
      question('What does a seed need to sprout?', ['Water', 'Light', 'Soil', 'Wind'], 0, 'plants', 'seeds'),
    ],
  },
  {
    id: 'math-fractions',
    subject: 'Math',
    category: 'Fractions',
    questions: [
      question('Which is the largest?', ['1/2', '1/3', '1/4', '1/5'], 0, 'fractions', 'comparing'),
      question('What is 1/4 + 2/4?', ['3/8', '3/4', '1/2', '2/16'], 1, 'fractions', 'addition'),
      question('Which equals 1/2?', ['2/3', '3/5', '4/8', '5/12'], 2, 'fractions', 'equivalence'),
      question('What is a quarter of 20?', ['4', '10', '8', '5'], 3, 'fractions', 'division'),
    ],
  },
  {
    id: 'science-planets',
    subject: 'Science',
    category: 'Planets',
    questions: [
      question(
        'Which planet is nearest to the Sun?',
        ['Mercury', 'Venus', 'Earth', 'Mars'],
        0,
        'solar-system',
        'planets',
      ),
      question('What does the Moon orbit?', ['The Sun', 'Mars', 'The Earth', 'Venus'], 2, 'solar-system', 'orbits'),
      question(
        'Why is there day and night?',
        ['Clouds', 'The Earth turns', 'The Moon', 'Seasons'],
        1,
        'earth',
        'rotation',
      ),
      question(
        'Which planet has the brightest rings?',
        ['Mars', 'Venus', 'Earth', 'Saturn'],
        3,
        'solar-system',
        'planets',
      ),
    ],
  },
  {
    id: 'reading-words',
    subject: 'Reading',
    category: 'Vocabulary',
    questions: [
      question(
        'Which word means almost the same as "happy"?',
        ['Sad', 'Glad', 'Tired', 'Late'],
        1,
        'vocabulary',
        'synonyms',
      ),
      question(
        'Which word is the opposite of "ancient"?',
        ['Old', 'Huge', 'Modern', 'Slow'],
        2,
        'vocabulary',
        'antonyms',
      ),
      question('What does "to peek" mean?', ['Look quickly', 'Sleep', 'Climb', 'Shout'], 0, 'vocabulary', 'meaning'),
      question('Which is spelled right?', ['Becuase', 'Becose', 'Beacause', 'Because'], 3, 'spelling'),
    ],
  },
  {
    id: 'geography-maps',
    subject: 'Geography',
    category: 'Maps',
    questions: [
      question('Which direction is opposite to north?', ['East', 'West', 'South', 'Up'], 2, 'maps', 'directions'),
      question('What does the scale of a map tell?', ['Distances', 'Colours', 'Weather', 'Names'], 0, 'maps', 'scale'),
      question('Which is the largest ocean?', ['Atlantic', 'Pacific', 'Indian', 'Arctic'], 1, 'oceans'),
      question(
        'What runs around the middle of the globe?',
        ['A pole', 'A river', 'A coast', 'The equator'],
        3,
        'maps',
        'globe',
      ),
    ],
  },
];
