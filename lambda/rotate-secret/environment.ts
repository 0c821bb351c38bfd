/** The value of an environment variable. @throws Error naming the variable when it is missing. */
export function setting(name: 'ADMIN_SECRET_ARN' | 'USER_SECRET_ARNS'): string {
  const value = process.env[name];
  if (!value) throw new Error(`the environment variable ${name} is missing; deploy the database stack again`);
  return value;
}
